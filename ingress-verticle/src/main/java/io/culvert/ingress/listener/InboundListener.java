package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.SecuritySettings;
import io.culvert.config.TransportSettings;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.SocketServer;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.tls.TlsServer;
import io.culvert.transport.unix.UnixAddress;
import io.culvert.transport.unix.UnixServer;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * An inbound's TCP ports on one event loop, or its unix socket. Vert.x lets the verticles of a node share a port, each accepting
 * on its own loop.
 */
final class InboundListener {
    private static final int BACKLOG = 4_096;

    private final Vertx vertx;
    private final InboundConfig inbound;
    private final SocketOptions options;
    private final StreamAcceptor acceptor;
    private final List<Function<Duration, Future<Void>>> shutdowns = new ArrayList<>();

    /** @throws TlsConfigException where the inbound's certificates cannot be used */
    InboundListener(Vertx vertx, Ingress ingress, InboundConfig inbound, InboundProtocol protocol, long handshakeMillis)
            throws TlsConfigException {
        this.vertx = vertx;
        this.inbound = inbound;
        this.options = new SocketOptions(inbound.stream().sockopt());
        TransportSettings transport = inbound.stream().transport();
        boolean overTls = inbound.stream().security() instanceof SecuritySettings.Tls;
        ServerLayer layer = ServerLayers.of(transport, overTls);
        TlsServer tls = ServerLayers.tls(ingress.tls(), inbound.stream());
        this.acceptor = new StreamAcceptor(ingress, inbound, protocol, handshakeMillis, tls, layer);
    }

    /** Listens on one of the inbound's ports. */
    Future<InetSocketAddress> listen(int port) {
        InetAddress host = ClientFilter.listenAddress(inbound);
        if (!options.isNone()) {
            return listenWithOptions(new InetSocketAddress(host, port));
        }
        NetServer server = vertx.createNetServer(
                        new NetServerOptions().setReuseAddress(true).setAcceptBacklog(BACKLOG))
                .connectHandler(socket -> acceptor.accept(VertxChannels.adopt(socket)));
        shutdowns.add(server::shutdown);
        return server.listen(port, host.getHostAddress()).map(bound -> new InetSocketAddress(host, bound.actualPort()));
    }

    /** Vert.x has no words for most socket options, and they have to be there before the socket is bound. */
    private Future<InetSocketAddress> listenWithOptions(InetSocketAddress address) {
        EventLoop loop = VertxChannels.loopOf(vertx.getOrCreateContext());
        SocketServer server = new SocketServer(loop, loop, options, acceptor::accept);
        shutdowns.add(limit -> VertxChannels.future(server.shutdown(limit)).mapEmpty());
        return VertxChannels.future(server.listen(address)).map(bound -> (InetSocketAddress) bound.localAddress());
    }

    /** Listens on the inbound's unix socket; its connections are spread over all event loops. */
    Future<Void> listen(UnixAddress address) {
        UnixServer server = new UnixServer(vertx, address, acceptor::accept);
        shutdowns.add(server::shutdown);
        return server.listen();
    }

    /** Stops accepting; connections that are open stay until the limit. */
    Future<Void> shutdown(Duration limit) {
        List<Future<Void>> all = new ArrayList<>();
        for (Function<Duration, Future<Void>> shutdown : shutdowns) {
            all.add(shutdown.apply(limit));
        }
        return Future.join(all).mapEmpty();
    }
}
