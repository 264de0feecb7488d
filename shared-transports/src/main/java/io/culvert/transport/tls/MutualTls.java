package io.culvert.transport.tls;

import io.culvert.transport.channel.GatherHandler;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS 1.3 between nodes of one farm: both ends show a certificate of the same CA, and nobody else is trusted. Who the peer is,
 * its certificate's names say; the caller compares them. Sessions are not resumed: each connection proves itself. Immutable;
 * shared by all event loops. Making one reads certificates and keys, which is no work for an event loop.
 */
public final class MutualTls {
    private static final String NAME = "tls";
    private static final String VERSION = "TLSv1.3";

    private final SslContext server;
    private final SslContext client;
    private final String protocol;

    private MutualTls(SslContext server, SslContext client, String protocol) {
        this.server = server;
        this.client = client;
        this.protocol = protocol;
        NativeContexts.releaseWith(this, server);
        NativeContexts.releaseWith(this, client);
    }

    /**
     * The contexts of a node.
     *
     * @param caPem the certificates of the CA
     * @param chainPem the node's certificate, and any between it and the CA
     * @param keyPem the node's private key
     * @param protocol what is spoken inside, for ALPN; both ends have to agree
     * @throws TlsConfigException where one of them cannot be read, or they do not fit
     */
    public static MutualTls of(String caPem, String chainPem, String keyPem, String protocol)
            throws TlsConfigException {
        try {
            X509Certificate[] chain = parse(chainPem).toArray(new X509Certificate[0]);
            PrivateKey key = PrivateKeys.parse(keyPem, chain[0].getPublicKey());
            if (TlsContexts.isEd25519(key)) {
                throw new GeneralSecurityException("links need an ECDSA or RSA key, and this is Ed25519");
            }
            TrustManagerFactory trust = trust(parse(caPem));
            SslContext server =
                    build(SslContextBuilder.forServer(key, chain).clientAuth(ClientAuth.REQUIRE), trust, protocol);
            SslContext client = build(
                    // The names of nodes are compared by the caller, on both ends alike.
                    SslContextBuilder.forClient().keyManager(key, chain).endpointIdentificationAlgorithm(""),
                    trust,
                    protocol);
            return new MutualTls(server, client, protocol);
        } catch (IOException | IllegalArgumentException | GeneralSecurityException e) {
            throw new TlsConfigException("certificates of the node: " + e.getMessage(), e);
        }
    }

    private static SslContext build(SslContextBuilder builder, TrustManagerFactory trust, String protocol)
            throws SSLException {
        return builder.sslProvider(TlsContexts.provider(false))
                .protocols(VERSION)
                .trustManager(trust)
                .sessionTimeout(1)
                .sessionCacheSize(1)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        protocol))
                .build();
    }

    private static List<X509Certificate> parse(String pem) throws GeneralSecurityException {
        PemCertificates read = PemCertificates.read(pem);
        if (read.broken() > 0) {
            throw new GeneralSecurityException("a certificate in it is broken");
        }
        if (read.certificates().isEmpty()) {
            throw new GeneralSecurityException(PemCertificates.nothingIn(pem));
        }
        return read.certificates();
    }

    private static TrustManagerFactory trust(List<X509Certificate> authorities)
            throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (X509Certificate authority : authorities) {
            store.setCertificateEntry("ca-" + number++, authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    /**
     * Adds TLS to a prepared channel that has just been accepted or connected. Close_notify is no half-close here: it is the
     * engine's business, and the connection's end.
     *
     * @return the names of the peer's certificate, in lower case; fails where the handshake does, or takes longer
     */
    public Future<List<String>> install(Channel channel, boolean asClient, long handshakeMillis) {
        Promise<List<String>> peer = channel.eventLoop().newPromise();
        SslHandler handler = (asClient ? client : server).newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(handshakeMillis);
        channel.pipeline().addAfter(GatherHandler.NAME, NAME, handler);
        handler.handshakeFuture().addListener(shaken -> {
            if (!shaken.isSuccess()) {
                peer.tryFailure(shaken.cause());
            } else if (!protocol.equals(handler.applicationProtocol())) {
                peer.tryFailure(new SSLException("the peer speaks another protocol"));
            } else {
                settle(handler, peer);
            }
        });
        if (!channel.config().isAutoRead()) {
            channel.read();
        }
        return peer;
    }

    private static void settle(SslHandler handler, Promise<List<String>> peer) {
        try {
            var certificate = handler.engine().getSession().getPeerCertificates()[0];
            peer.trySuccess(CertificateNames.of((X509Certificate) certificate));
        } catch (SSLPeerUnverifiedException | java.security.cert.CertificateParsingException e) {
            peer.tryFailure(e);
        }
    }
}
