package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.SecuritySettings;
import io.culvert.config.TransportSettings;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.transport.kcp.KcpServer;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.tls.TlsServer;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetSocketAddress;
import java.time.Duration;

/** One of an inbound's mKCP ports: a socket on one event loop, which carries all its sessions. */
final class KcpListener {
    private final InboundConfig inbound;
    private final KcpServer server;
    private final StreamAcceptor acceptor;

    /** @throws TlsConfigException where the inbound's certificates cannot be used */
    KcpListener(
            Ingress ingress,
            InboundConfig inbound,
            TransportSettings.Kcp settings,
            InboundProtocol protocol,
            long handshakeMillis)
            throws TlsConfigException {
        this.inbound = inbound;
        this.server = new KcpServer(settings, ingress.limits().kcpHalfOpen(), ingress.kcpOverLimit());
        TlsServer tls = switch (inbound.stream().security()) {
            case SecuritySettings.None _ -> null;
            case SecuritySettings.Tls tlsSettings -> new TlsServer(ServerLayers.certificates(tlsSettings, settings));
        };
        this.acceptor = new StreamAcceptor(ingress, inbound, protocol, handshakeMillis, tls, null);
    }

    Future<InetSocketAddress> listen(EventLoop loop, int port) {
        InetSocketAddress address = new InetSocketAddress(ClientFilter.listenAddress(inbound), port);
        return future(server.listen(loop, address, acceptor::accept));
    }

    /** Takes no new sessions; those that are open stay until the limit. */
    Future<Void> shutdown(Duration limit) {
        return future(server.shutdown(limit));
    }

    private static <T> Future<T> future(io.netty.util.concurrent.Future<T> of) {
        Promise<T> result = Promise.promise();
        of.addListener((io.netty.util.concurrent.Future<T> done) -> {
            if (done.isSuccess()) {
                result.complete(done.getNow());
            } else {
                result.fail(done.cause());
            }
        });
        return result.future();
    }
}
