package io.culvert.transport.tls;

import io.culvert.config.Position;
import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.config.SecuritySettings.TlsRestrictions;
import io.culvert.files.FileFaults;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS contexts from settings (wire-formats section 14.2): TLS 1.2 and 1.3, on BoringSSL where it is there and the environment's
 * {@value #ENGINE_VARIABLE} does not ask for {@code jdk}.
 */
public final class TlsContexts {
    /** Chooses the engine, for comparisons. */
    static final String ENGINE_VARIABLE = "CULVERT_TLS";

    private static final boolean NATIVE =
            OpenSsl.isAvailable() && !"jdk".equalsIgnoreCase(System.getenv(ENGINE_VARIABLE));

    /** The suites of TLS 1.3, which no setting restricts. */
    private static final List<String> SUITES_OF_1_3 =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    /**
     * The suites of TLS 1.2 where the settings name none: V2Ray 4.34's (Go's), without 3DES. Netty's own list has neither
     * ChaCha20 nor, for certificates with an EC key, CBC, which is all that some imitated browsers offer.
     */
    private static final List<String> DEFAULT_SUITES = List.of(
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
            "TLS_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "TLS_RSA_WITH_AES_256_CBC_SHA");

    private TlsContexts() {}

    /** Settings that no context can be made of: which, and why. */
    public static final class TlsConfigException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient @Nullable Position at;

        public TlsConfigException(String message, @Nullable Throwable cause) {
            this(message, null, cause);
        }

        /** @param at what in the configuration is to blame */
        public TlsConfigException(String message, @Nullable Position at, @Nullable Throwable cause) {
            super(message, cause);
            this.at = at;
        }

        /** What in the configuration is to blame, or null where it is the whole of the settings. */
        public @Nullable Position at() {
            return at;
        }
    }

    /** The engine in use: {@code boringssl} or {@code jdk}. */
    public static String engine() {
        return NATIVE ? "boringssl" : "jdk";
    }

    /** Whether TLS is BoringSSL's work in this process, and not the JDK's. */
    public static boolean isNative() {
        return NATIVE;
    }

    /** What serves and is released by hand; an issuer's contexts are many, and go with their last connection. */
    static SslProvider provider(boolean issued) {
        return NATIVE ? (issued ? SslProvider.OPENSSL : SslProvider.OPENSSL_REFCNT) : SslProvider.JDK;
    }

    /** Whether a key is one that Netty's BoringSSL does not serve with, and the JDK's engine does. */
    public static boolean isEd25519(PrivateKey key) {
        return key.getAlgorithm().equals("EdDSA");
    }

    /**
     * The contexts of a server, one for each certificate that serves, in the order of the settings.
     *
     * @param defaultAlpn what is accepted where the settings name nothing
     * @throws TlsConfigException where a certificate or key cannot be read or do not fit, or none serves
     */
    public static List<ServerCertificate> server(Tls tls, List<String> defaultAlpn) throws TlsConfigException {
        List<ServerCertificate> made = fixed(tls, defaultAlpn);
        if (made.isEmpty()) {
            throw new TlsConfigException("TLS needs a certificate with usage \"encipherment\"", null);
        }
        return made;
    }

    /** The same, and the first certificate that issues others. */
    static ServerCertificates serverCertificates(Tls tls, List<String> defaultAlpn) throws TlsConfigException {
        List<ServerCertificate> fixed = fixed(tls, defaultAlpn);
        try {
            CertificateIssuer issuer = issuer(tls, (own, chain) -> {
                SslContext made = configured(SslContextBuilder.forServer(own, chain), tls, defaultAlpn, true)
                        .build();
                TlsResumption.apply(made, tls.sessionResumption());
                return made;
            });
            if (fixed.isEmpty() && issuer == null) {
                throw new TlsConfigException("TLS needs a certificate with usage \"encipherment\" or \"issue\"", null);
            }
            return ServerCertificates.owning(fixed, issuer);
        } catch (TlsConfigException e) {
            fixed.forEach(ServerCertificate::release);
            throw e;
        }
    }

    /**
     * What the first certificate issues that is there to issue others, or null without one.
     *
     * @throws TlsConfigException where it or its key cannot be read, or they do not fit
     */
    public static @Nullable CertificateIssuer issuer(Tls tls, CertificateIssuer.Contexts contexts)
            throws TlsConfigException {
        for (Certificate certificate : tls.certificates()) {
            if (certificate.usage() == CertificateUsage.ISSUE) {
                X509Certificate authority = CertificateFiles.chain(certificate).getFirst();
                PrivateKey key = CertificateFiles.key(certificate, authority);
                try {
                    return new CertificateIssuer(authority, key, contexts);
                } catch (IllegalArgumentException e) {
                    throw unusable(certificate, e);
                }
            }
        }
        return null;
    }

    private static TlsConfigException unusable(Certificate certificate, Exception fault) {
        return new TlsConfigException(
                CertificateFiles.nameOf(certificate) + ": " + fault.getMessage(), certificate.position(), fault);
    }

    private static SslContextBuilder configured(
            SslContextBuilder builder, Tls tls, List<String> defaultAlpn, boolean issued) {
        TlsRestrictions restrictions = tls.restrictions();
        List<String> versions = new ArrayList<>();
        if (restrictions.tls13()) {
            versions.add("TLSv1.3");
        }
        if (restrictions.tls12()) {
            versions.add("TLSv1.2");
        }
        builder.sslProvider(provider(issued))
                .protocols(versions)
                .applicationProtocolConfig(alpn(tls.alpn().isEmpty() ? defaultAlpn : tls.alpn()));
        List<String> suites =
                new ArrayList<>(restrictions.cipherSuites().isEmpty() ? DEFAULT_SUITES : restrictions.cipherSuites());
        suites.addAll(SUITES_OF_1_3);
        return builder.ciphers(suites, SupportedCipherSuiteFilter.INSTANCE);
    }

    private static List<ServerCertificate> fixed(Tls tls, List<String> defaultAlpn) throws TlsConfigException {
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
        return made;
    }

    private static ServerCertificate serverContext(Tls tls, Certificate certificate, List<String> defaultAlpn)
            throws TlsConfigException {
        List<X509Certificate> chain = CertificateFiles.chain(certificate);
        PrivateKey key = CertificateFiles.key(certificate, chain.getFirst());
        try {
            List<String> names = CertificateNames.of(chain.getFirst());
            SslContextBuilder builder = SslContextBuilder.forServer(key, chain.toArray(new X509Certificate[0]));
            configured(builder, tls, defaultAlpn, false);
            if (isEd25519(key)) {
                builder.sslProvider(SslProvider.JDK);
            }
            SslContext context = builder.build();
            TlsResumption.apply(context, tls.sessionResumption());
            return new ServerCertificate(names, context);
        } catch (IOException | IllegalArgumentException | GeneralSecurityException e) {
            throw unusable(certificate, e);
        }
    }

    /**
     * The context of a client.
     *
     * @throws TlsConfigException where a certificate cannot be read
     */
    public static SslContext client(Tls tls, List<String> defaultAlpn) throws TlsConfigException {
        try {
            SslContextBuilder builder = configured(SslContextBuilder.forClient(), tls, defaultAlpn, false);
            if (!tls.checksName()) {
                builder.endpointIdentificationAlgorithm("");
            }
            builder.trustManager(trustOfClient(tls));
            SslContext context = builder.build();
            TlsResumption.apply(context, tls.sessionResumption());
            return context;
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsConfigException("TLS: " + e.getMessage(), e);
        }
    }

    /**
     * What a client checks of a server's certificate: that it comes from those that the settings and the system trust, unless
     * nothing is to be checked, and what the settings pin.
     */
    public static TrustManager trustOfClient(Tls tls) throws TlsConfigException {
        TrustManagerFactory factory = tls.allowInsecure() ? InsecureTrustManagerFactory.INSTANCE : trust(tls);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager usual) {
                boolean pinned = !tls.restrictions().pinnedCertificates().isEmpty();
                return new ExplainedTrust(
                        tls.restrictions().pins() ? new PinnedTrust(usual, tls.restrictions()) : usual,
                        !tls.allowInsecure() && !pinned && usual.getAcceptedIssuers().length == 0);
            }
        }
        throw new IllegalStateException("no trust manager for certificates in " + factory.getAlgorithm());
    }

    private static TrustManagerFactory trust(Tls tls) throws TlsConfigException {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : tls.certificates()) {
                for (X509Certificate one : CertificateFiles.chain(certificate)) {
                    store.setCertificateEntry("configured-" + number++, one);
                }
            }
            if (!tls.disableSystemRoot()) {
                for (X509Certificate root : SystemRoots.load()) {
                    store.setCertificateEntry("system-" + number++, root);
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory;
        } catch (IOException e) {
            throw new TlsConfigException("certificate authorities of the system: " + FileFaults.of(e), e);
        } catch (GeneralSecurityException e) {
            throw new TlsConfigException("TLS trust: " + e.getMessage(), e);
        }
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
