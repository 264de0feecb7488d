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

    void release() {
        ReferenceCountUtil.release(context);
    }
}
