package io.culvert.transport.tls;

import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** TLS contexts from settings (wire-formats section 14.2): TLS 1.2 and 1.3, on BoringSSL where it is there. */
public final class TlsContexts {
    private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

    private TlsContexts() {}

    /** Settings that no context can be made of: which, and why. */
    public static final class TlsConfigException extends Exception {
        private static final long serialVersionUID = 1L;

        public TlsConfigException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The engine in use: {@code boringssl} or {@code jdk}. */
    public static String engine() {
        return OpenSsl.isAvailable() ? "boringssl" : "jdk";
    }

    static SslProvider provider() {
        return OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;
    }

    /**
     * The contexts of a server, one for each certificate that serves, in the order of the settings.
     *
     * @param defaultAlpn what is accepted where the settings name nothing
     * @throws TlsConfigException where a certificate or key cannot be read or do not fit, or none serves
     */
    public static List<ServerCertificate> server(Tls tls, List<String> defaultAlpn) throws TlsConfigException {
        List<ServerCertificate> made = new ArrayList<>();
        try {
            for (Certificate certificate : tls.certificates()) {
                if (certificate.usage() == CertificateUsage.ENCIPHERMENT) {
                    made.add(serverContext(tls, certificate, defaultAlpn));
                }
            }
        } catch (TlsConfigException e) {
            made.forEach(ServerCertificate::release);
            throw e;
        }
        if (made.isEmpty()) {
            throw new TlsConfigException("TLS needs a certificate with usage \"encipherment\"", null);
        }
        return made;
    }

    private static ServerCertificate serverContext(Tls tls, Certificate certificate, List<String> defaultAlpn)
            throws TlsConfigException {
        try (InputStream in = open(certificate.certificateFile(), certificate.certificatePem());
                InputStream keyIn = open(certificate.keyFile(), certificate.keyPem())) {
            List<X509Certificate> chain = parse(in);
            PrivateKey key = PrivateKeys.parse(
                    new String(keyIn.readAllBytes(), StandardCharsets.US_ASCII),
                    chain.getFirst().getPublicKey());
            SslContextBuilder builder = SslContextBuilder.forServer(key, chain.toArray(new X509Certificate[0]))
                    .sslProvider(provider())
                    .protocols(VERSIONS)
                    .applicationProtocolConfig(alpn(tls.alpn().isEmpty() ? defaultAlpn : tls.alpn()));
            if (!tls.sessionResumption()) {
                builder.sessionTimeout(1).sessionCacheSize(1);
            }
            return new ServerCertificate(CertificateNames.of(chain.getFirst()), builder.build());
        } catch (IOException | IllegalArgumentException | GeneralSecurityException e) {
            throw new TlsConfigException("certificate " + nameOf(certificate) + ": " + e.getMessage(), e);
        }
    }

    /**
     * The context of a client.
     *
     * @throws TlsConfigException where a certificate cannot be read
     */
    public static SslContext client(Tls tls, List<String> defaultAlpn) throws TlsConfigException {
        try {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .sslProvider(provider())
                    .protocols(VERSIONS)
                    .applicationProtocolConfig(alpn(tls.alpn().isEmpty() ? defaultAlpn : tls.alpn()));
            if (tls.allowInsecure()) {
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm("");
            } else if (tls.disableSystemRoot() || !tls.certificates().isEmpty()) {
                builder.trustManager(trust(tls));
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsConfigException("TLS: " + e.getMessage(), e);
        }
    }

    /** Whom a client trusts: the certificates given in its settings, and the system's unless they say otherwise. */
    public static TrustManagerFactory trust(Tls tls) throws TlsConfigException {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : tls.certificates()) {
                try (InputStream in = open(certificate.certificateFile(), certificate.certificatePem())) {
                    for (X509Certificate one : parse(in)) {
                        store.setCertificateEntry("configured-" + number++, one);
                    }
                } catch (IOException | GeneralSecurityException e) {
                    throw new TlsConfigException("certificate " + nameOf(certificate) + ": " + e.getMessage(), e);
                }
            }
            if (!tls.disableSystemRoot()) {
                for (X509Certificate root : systemRoots()) {
                    store.setCertificateEntry("system-" + number++, root);
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory;
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsConfigException("TLS trust: " + e.getMessage(), e);
        }
    }

    private static List<X509Certificate> systemRoots() throws GeneralSecurityException {
        TrustManagerFactory system = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        system.init((KeyStore) null);
        List<X509Certificate> roots = new ArrayList<>();
        for (var manager : system.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) {
                roots.addAll(List.of(x509.getAcceptedIssuers()));
            }
        }
        return roots;
    }

    private static List<X509Certificate> parse(InputStream in) throws GeneralSecurityException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (var one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
            certificates.add((X509Certificate) one);
        }
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("no certificate in it");
        }
        return certificates;
    }

    private static InputStream open(@Nullable String file, @Nullable String pem) throws IOException {
        if (file != null) {
            return new ByteArrayInputStream(Files.readAllBytes(Path.of(file)));
        }
        return new ByteArrayInputStream((pem == null ? "" : pem).getBytes(StandardCharsets.US_ASCII));
    }

    private static String nameOf(Certificate certificate) {
        return certificate.certificateFile() != null
                ? certificate.certificateFile()
                : "at " + certificate.position().path();
    }

    private static ApplicationProtocolConfig alpn(List<String> protocols) {
        if (protocols.isEmpty()) {
            return ApplicationProtocolConfig.DISABLED;
        }
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                protocols);
    }
}
