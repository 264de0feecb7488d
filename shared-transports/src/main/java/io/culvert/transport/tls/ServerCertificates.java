package io.culvert.transport.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a server presents, by the name that a client asks for.
 *
 * @param fixed in the order of the settings; the first serves clients that name nothing or something else
 * @param issuer makes certificates for other names, or null
 */
record ServerCertificates(
        List<ServerCertificate> fixed, @Nullable CertificateIssuer issuer) {
    ServerCertificates {
        fixed = List.copyOf(fixed);
    }

    /** Takes the contexts over: they live as long as what is returned, or an engine of theirs. */
    static ServerCertificates owning(List<ServerCertificate> fixed, @Nullable CertificateIssuer issuer) {
        ServerCertificates made = new ServerCertificates(fixed, issuer);
        for (ServerCertificate certificate : fixed) {
            NativeContexts.releaseWith(made, certificate.context());
        }
        return made;
    }

    /** The context that serves every client, or null where the name decides. */
    @Nullable
    SslContext only() {
        return issuer == null && fixed.size() == 1 ? fixed.getFirst().context() : null;
    }

    /** Completes the promise, at once unless a certificate has to be made. */
    Future<SslContext> choose(@Nullable String asked, Promise<SslContext> result) {
        String name = asked == null ? "" : asked.toLowerCase(Locale.ROOT);
        for (ServerCertificate certificate : fixed) {
            if (certificate.covers(name)) {
                return result.setSuccess(certificate.context());
            }
        }
        if (issuer != null && (!name.isEmpty() || fixed.isEmpty())) {
            issuer.issue(name, result);
            return result;
        }
        return result.setSuccess(fixed.getFirst().context());
    }
}
