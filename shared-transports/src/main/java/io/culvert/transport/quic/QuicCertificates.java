package io.culvert.transport.quic;

import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.transport.tls.CertificateChoice;
import io.culvert.transport.tls.CertificateFiles;
import io.culvert.transport.tls.CertificateIssuer;
import io.culvert.transport.tls.CertificateNames;
import io.culvert.transport.tls.ServerCertificate;
import io.culvert.transport.tls.TlsContexts;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.SslContext;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that a QUIC server shows, one of them to each client.
 *
 * @param issuer makes more of them, or null
 */
record QuicCertificates(
        CertificateChoice certificates, @Nullable CertificateIssuer issuer) {

    /** Those of some settings; reads files. */
    static QuicCertificates of(Tls tls) throws TlsConfigException {
        List<ServerCertificate> made = new ArrayList<>();
        for (Certificate certificate : tls.certificates()) {
            if (certificate.usage() == CertificateUsage.ENCIPHERMENT) {
                made.add(of(tls, certificate));
            }
        }
        CertificateIssuer issuer = TlsContexts.issuer(
                tls,
                (key, chain) -> QuicSslContextBuilder.forServer(key, null, chain)
                        .applicationProtocols(QuicTls.serverAlpn(tls))
                        .build());
        if (made.isEmpty() && issuer == null) {
            throw new TlsConfigException("TLS needs a certificate with usage \"encipherment\" or \"issue\"", null);
        }
        return new QuicCertificates(new CertificateChoice(made), issuer);
    }

    private static ServerCertificate of(Tls tls, Certificate certificate) throws TlsConfigException {
        List<X509Certificate> chain = CertificateFiles.chain(certificate);
        PrivateKey key = CertificateFiles.key(certificate, chain.getFirst());
        if (TlsContexts.isEd25519(key)) {
            throw new TlsConfigException(
                    CertificateFiles.nameOf(certificate) + ": QUIC needs an ECDSA or RSA key, and its key is Ed25519",
                    certificate.position(),
                    null);
        }
        try {
            QuicSslContext context = QuicSslContextBuilder.forServer(key, null, chain.toArray(X509Certificate[]::new))
                    .applicationProtocols(QuicTls.serverAlpn(tls))
                    .build();
            return new ServerCertificate(CertificateNames.of(chain.getFirst()), context);
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw new TlsConfigException(
                    CertificateFiles.nameOf(certificate) + ": " + e.getMessage(), certificate.position(), e);
        }
    }

    /** By the name that a client asks for, as over TCP; null refuses it. Quiche takes no answer later than at once. */
    @Nullable
    QuicSslContext choose(@Nullable String name) {
        String lower = name == null ? "" : name.toLowerCase(Locale.ROOT);
        SslContext chosen = certificates.of(lower, issuer != null);
        if (chosen == null && issuer != null) {
            chosen = issuer.issueNow(lower);
        }
        return (QuicSslContext) chosen;
    }
}
