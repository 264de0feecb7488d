package io.culvert.transport.tls;

import static java.util.Objects.requireNonNull;

import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a server presents, by the name that a client asks for.
 *
 * @param issuer makes certificates for names that no other is for, or null
 */
record ServerCertificates(CertificateChoice fixed, @Nullable CertificateIssuer issuer) {

    /** Takes the contexts over: they live as long as what is returned, or an engine of theirs. */
    static ServerCertificates owning(List<ServerCertificate> fixed, @Nullable CertificateIssuer issuer) {
        ServerCertificates made = new ServerCertificates(new CertificateChoice(fixed), issuer);
        for (ServerCertificate certificate : fixed) {
            NativeContexts.releaseWith(made, certificate.context());
        }
        return made;
    }

    /** The context that serves every client, or null where the name decides. */
    @Nullable
    SslContext only() {
        return issuer == null ? fixed.only() : null;
    }

    /** Completes the promise, at once unless a certificate has to be made. */
    Future<SslContext> choose(@Nullable String asked, Promise<SslContext> result) {
        String name = asked == null ? "" : asked.toLowerCase(Locale.ROOT);
        SslContext chosen = fixed.of(name, issuer != null);
        if (chosen != null) {
            return result.setSuccess(chosen);
        }
        requireNonNull(issuer).issue(name, result);
        return result;
    }
}
