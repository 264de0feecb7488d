package io.culvert.launcher.cluster;

import io.culvert.launcher.cert.Certificates;
import io.culvert.transport.tls.TlsContexts;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.lang.reflect.Field;
import java.security.cert.X509Certificate;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * What the event bus proves itself with: mutual TLS 1.3, both ends with a certificate of the farm's CA. Sessions are not resumed:
 * each connection proves itself.
 */
final class BusTls {
    private static final long HANDSHAKE_MILLIS = 5_000;
    private static final Set<String> VERSIONS = Set.of("TLSv1.3");

    private BusTls() {}

    /** Sets up the bus of a node that starts. */
    static void set(EventBusOptions bus, ClusterSecrets secrets) {
        bus.setSsl(true)
                .setSslHandshakeTimeout(HANDSHAKE_MILLIS)
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setTrustAll(false)
                .setClientAuth(ClientAuth.REQUIRED)
                .setEnabledSecureTransportProtocols(VERSIONS)
                .setKeyCertOptions(key(secrets))
                .setTrustOptions(trust(secrets));
        if (TlsContexts.isNative()) {
            bus.setSslEngineOptions(new OpenSSLEngineOptions().setSessionCacheEnabled(false));
        }
    }

    /**
     * Has a bus that runs show another certificate on connections to come; those that stand keep theirs. The bus makes its server
     * and its client itself and hands out neither, so they are reached for by their names.
     *
     * @return fails where this Vert.x has them no more, or the certificate cannot be used
     */
    static Future<Void> renew(Vertx vertx, ClusterSecrets secrets) {
        NetServer server;
        NetClient client;
        try {
            server = (NetServer) inside(vertx.eventBus(), "server");
            client = (NetClient) inside(vertx.eventBus(), "client");
        } catch (ReflectiveOperationException | RuntimeException e) {
            return Future.failedFuture(e);
        }
        ServerSSLOptions serving = new ServerSSLOptions().setClientAuth(ClientAuth.REQUIRED);
        ClientSSLOptions dialling = new ClientSSLOptions().setTrustAll(false).setHostnameVerificationAlgorithm("");
        return server.updateSSLOptions(with(serving, secrets))
                .compose(_ -> client.updateSSLOptions(with(dialling, secrets)))
                .mapEmpty();
    }

    /** The name of the node at the other end of a connection, as its certificate has it; null where there is none. */
    static @Nullable String peerOf(@Nullable SslHandler tls) {
        try {
            return tls != null
                            && tls.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? Certificates.firstName(certificate)
                    : null;
        } catch (SSLPeerUnverifiedException _) {
            return null;
        }
    }

    private static Object inside(EventBus bus, String name) throws ReflectiveOperationException {
        Field field = bus.getClass().getDeclaredField(name);
        field.setAccessible(true);
        Object value = field.get(bus);
        if (value == null) {
            throw new NoSuchFieldException(name);
        }
        return value;
    }

    private static <T extends SSLOptions> T with(T options, ClusterSecrets secrets) {
        options.setSslHandshakeTimeout(HANDSHAKE_MILLIS)
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setEnabledSecureTransportProtocols(VERSIONS)
                .setKeyCertOptions(key(secrets))
                .setTrustOptions(trust(secrets));
        return options;
    }

    private static KeyCertOptions key(ClusterSecrets secrets) {
        return new PemKeyCertOptions()
                .addCertValue(Buffer.buffer(secrets.certificatePem()))
                .addKeyValue(Buffer.buffer(secrets.keyPem()));
    }

    private static TrustOptions trust(ClusterSecrets secrets) {
        return new PemTrustOptions().addCertValue(Buffer.buffer(secrets.caPem()));
    }
}
