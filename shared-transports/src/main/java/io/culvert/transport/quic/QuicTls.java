package io.culvert.transport.quic;

import io.culvert.config.SecuritySettings;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.transport.channel.NativeFault;
import io.culvert.transport.tls.TlsContexts;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.tls.TlsServers;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.util.List;
import java.util.function.Supplier;

/** The TLS inside of QUIC, always 1.3. Where none is configured there is one that protects from nobody (section 15). */
final class QuicTls {
    /** The name of the certificate, and what a client asks for, where no TLS is configured. */
    static final String INTERNAL_NAME = "quic.internal.v2ray.com";

    /** What V2Ray's clients offer where nothing is configured. */
    private static final List<String> CLIENT_ALPN = List.of("h2", "http/1.1");
    /** What is taken where nothing is configured: sing-box offers h3 alone. */
    private static final List<String> SERVER_ALPN = List.of("h2", "http/1.1", "h3");

    private QuicTls() {}

    /** One for the whole process, made when the first server needs it: that takes a while. */
    private static final class Internal {
        static final InternalCertificate CERTIFICATE = InternalCertificate.create(INTERNAL_NAME);
    }

    /** Whether this platform has QUIC, in words of the operator where it has not. */
    static void requireNative() throws TlsConfigException {
        if (!Quic.isAvailable()) {
            throw new TlsConfigException(
                    "the transport \"quic\" needs its native library, for Linux with glibc on x86-64 or aarch64, which does"
                            + " not load here: " + NativeFault.of(Quic.unavailabilityCause()),
                    Quic.unavailabilityCause());
        }
    }

    /** @param servers whose files are looked at for replacement */
    static QuicSslContext server(SecuritySettings security, TlsServers servers) throws TlsConfigException {
        return switch (security) {
            case SecuritySettings.None _ -> {
                InternalCertificate made = Internal.CERTIFICATE;
                yield QuicSslContextBuilder.forServer(made.key(), null, made.certificate())
                        .applicationProtocols(SERVER_ALPN.toArray(String[]::new))
                        .build();
            }
            case Tls tls -> server(tls, servers);
        };
    }

    private static QuicSslContext server(Tls tls, TlsServers servers) throws TlsConfigException {
        Supplier<QuicCertificates> certificates = servers.following(tls, QuicCertificates::of);
        return QuicSslContextBuilder.buildForServerWithSni(
                (String name) -> certificates.get().choose(name));
    }

    static QuicSslContext client(SecuritySettings security) throws TlsConfigException {
        QuicSslContextBuilder builder = QuicSslContextBuilder.forClient();
        return switch (security) {
            case SecuritySettings.None _ ->
                builder.trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .endpointIdentificationAlgorithm("")
                        .applicationProtocols(CLIENT_ALPN.toArray(String[]::new))
                        .build();
            case Tls tls -> {
                if (!tls.checksName()) {
                    builder.endpointIdentificationAlgorithm("");
                }
                builder.trustManager(TlsContexts.trustOfClient(tls));
                yield builder.applicationProtocols(alpn(tls, CLIENT_ALPN)).build();
            }
        };
    }

    /** What a server with TLS settings takes. */
    static String[] serverAlpn(Tls tls) {
        return alpn(tls, SERVER_ALPN);
    }

    private static String[] alpn(Tls tls, List<String> otherwise) {
        return (tls.alpn().isEmpty() ? otherwise : tls.alpn()).toArray(String[]::new);
    }
}
