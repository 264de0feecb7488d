package io.culvert.transport.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * A certificate that a server presents.
 *
 * @param names what it is for, in lower case; {@code *.example.org} covers one label
 */
public record ServerCertificate(List<String> names, SslContext context) {
    public ServerCertificate {
        names = List.copyOf(names);
    }

    /** Whether a client that asks for {@code name} (lower case) is served by this certificate. */
    public boolean covers(String name) {
        int dot = name.indexOf('.');
        String wildcard = dot < 0 ? "" : "*" + name.substring(dot);
        for (String own : names) {
            if (own.equals(name) || own.equals(wildcard)) {
                return true;
            }
        }
        return false;
    }

    void release() {
        ReferenceCountUtil.release(context);
    }
}
