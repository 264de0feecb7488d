package io.culvert.transport.tls;

import io.netty.handler.ssl.SslContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which of a server's certificates a client is shown, as V2Ray 4.34 chooses (Go's {@code NameToCertificate}): the one that has
 * the very name, else the one with a wildcard in place of its first label, else the first of the settings. Of several for one
 * name the last of the settings serves.
 */
public final class CertificateChoice {
    private final Map<String, SslContext> byName = new HashMap<>();
    private final @Nullable SslContext first;
    private final boolean one;

    /** @param certificates in the order of the settings */
    public CertificateChoice(List<ServerCertificate> certificates) {
        for (ServerCertificate certificate : certificates) {
            for (String name : certificate.names()) {
                byName.put(name, certificate.context());
            }
        }
        this.first = certificates.isEmpty() ? null : certificates.getFirst().context();
        this.one = certificates.size() == 1;
    }

    /** The context of the only certificate, which serves whatever is asked for; null where there are more or none. */
    @Nullable
    SslContext only() {
        return one ? first : null;
    }

    /**
     * The certificate for a client.
     *
     * @param name what it asks for, in lower case; empty for nothing
     * @param issues whether a certificate can be made for a name that none has, which V2Ray prefers to a wildcard
     * @return null where one is to be made; never null where {@code issues} is false and there is a certificate
     */
    public @Nullable SslContext of(String name, boolean issues) {
        SslContext exact = byName.get(name);
        if (exact != null) {
            return exact;
        }
        if (issues && (first == null || !name.isEmpty())) {
            return null;
        }
        int dot = name.indexOf('.');
        SslContext wildcard = name.isEmpty() ? null : byName.get(dot < 0 ? "*" : "*" + name.substring(dot));
        return wildcard == null ? first : wildcard;
    }
}
