package io.culvert.transport.quic;

import io.culvert.config.SecuritySettings;
import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.transport.tls.CertificateIssuer;
import io.culvert.transport.tls.CertificateNames;
import io.culvert.transport.tls.ServerCertificate;
import io.culvert.transport.tls.TlsContexts;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The TLS inside of QUIC, always 1.3. Where none is configured there is one that protects from nobody (section 15). */
final class QuicTls {
    /** The name of the certificate, and what a client asks for, where no TLS is configured. */
    static final String INTERNAL_NAME = "quic.internal.v2ray.com";

    private static final List<String> DEFAULT_ALPN = List.of("h2", "http/1.1");

    private QuicTls() {}

    /** One for the whole process, made when the first server needs it: that takes a while. */
    private static final class Internal {
        static final InternalCertificate CERTIFICATE = InternalCertificate.create(INTERNAL_NAME);
    }

    /** Whether this platform has QUIC, in words of the operator where it has not. */
    static void requireNative() throws TlsConfigException {
        if (!Quic.isAvailable()) {
            throw new TlsConfigException(
                    "the transport \"quic\" needs Linux with glibc on x86-64 or aarch64; its native library does not load here",
                    Quic.unavailabilityCause());
        }
    }

    static QuicSslContext server(SecuritySettings security) throws TlsConfigException {
        return switch (security) {
            case SecuritySettings.None _ -> {
                InternalCertificate made = Internal.CERTIFICATE;
                yield QuicSslContextBuilder.forServer(made.key(), null, made.certificate())
                        .applicationProtocols(DEFAULT_ALPN.toArray(String[]::new))
                        .build();
            }
            case Tls tls -> server(tls);
        };
    }

    private static QuicSslContext server(Tls tls) throws TlsConfigException {
        List<ServerCertificate> made = new ArrayList<>();
        for (Certificate certificate : tls.certificates()) {
            if (certificate.usage() == CertificateUsage.ENCIPHERMENT) {
                made.add(server(tls, certificate));
            }
        }
        CertificateIssuer issuer = TlsContexts.issuer(
                tls,
                (key, chain) -> QuicSslContextBuilder.forServer(key, null, chain)
                        .applicationProtocols(alpn(tls))
                        .build());
        if (made.isEmpty() && issuer == null) {
            throw new TlsConfigException("TLS needs a certificate with usage \"encipherment\" or \"issue\"", null);
        }
        return made.size() == 1 && issuer == null
                ? (QuicSslContext) made.getFirst().context()
                : QuicSslContextBuilder.buildForServerWithSni((String name) -> choose(made, issuer, name));
    }

    /** By the name that a client asks for, as over TCP; null refuses it. Quiche takes no answer later than at once. */
    private static @Nullable QuicSslContext choose(
            List<ServerCertificate> certificates, @Nullable CertificateIssuer issuer, @Nullable String name) {
        String lower = name == null ? "" : name.toLowerCase(Locale.ROOT);
        for (ServerCertificate certificate : certificates) {
            if (certificate.covers(lower)) {
                return (QuicSslContext) certificate.context();
            }
        }
        return issuer != null && (!lower.isEmpty() || certificates.isEmpty())
                ? (QuicSslContext) issuer.issueNow(lower)
                : (QuicSslContext) certificates.getFirst().context();
    }

    private static ServerCertificate server(Tls tls, Certificate certificate) throws TlsConfigException {
        try {
            List<X509Certificate> chain = PemFiles.chain(certificate);
            QuicSslContext context = QuicSslContextBuilder.forServer(
                            PemFiles.key(certificate), null, chain.toArray(X509Certificate[]::new))
                    .applicationProtocols(alpn(tls))
                    .build();
            return new ServerCertificate(CertificateNames.of(chain.getFirst()), context);
        } catch (IOException | IllegalArgumentException | GeneralSecurityException e) {
            throw new TlsConfigException("certificate " + PemFiles.nameOf(certificate) + ": " + e.getMessage(), e);
        }
    }

    static QuicSslContext client(SecuritySettings security) throws TlsConfigException {
        QuicSslContextBuilder builder = QuicSslContextBuilder.forClient();
        return switch (security) {
            case SecuritySettings.None _ ->
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .endpointIdentificationAlgorithm("")
                        .applicationProtocols(DEFAULT_ALPN.toArray(String[]::new))
                        .build();
            case Tls tls -> {
                if (!tls.checksName()) {
                    builder.endpointIdentificationAlgorithm("");
                }
                builder.trustManager(TlsContexts.trustOfClient(tls));
                yield builder.applicationProtocols(alpn(tls)).build();
            }
        };
    }

    private static String[] alpn(Tls tls) {
        return (tls.alpn().isEmpty() ? DEFAULT_ALPN : tls.alpn()).toArray(String[]::new);
    }
}
