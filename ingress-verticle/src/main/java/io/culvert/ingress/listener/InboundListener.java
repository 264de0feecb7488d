package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.SocketServer;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An inbound's TCP port on one event loop, or its unix socket. Vert.x lets the verticles of a node share a port, each accepting
 * on its own loop.
 */
final class InboundListener implements OpenListener {
    private static final int BACKLOG = 4_096;

    private final Vertx vertx;
    private final Slot slot;
    private Function<Duration, Future<Void>> shutdown = _ -> Future.succeededFuture();
    private @Nullable InetSocketAddress bound;

    InboundListener(Vertx vertx, Slot slot) {
        this.vertx = vertx;
        this.slot = slot;
    }

    /** Listens on one of the inbound's ports. */
    Future<Void> listen(InboundConfig inbound, int port) {
        InetAddress host = ClientFilter.listenAddress(inbound);
        SocketOptions options = new SocketOptions(inbound.stream().sockopt());
        if (!options.isNone()) {
            return listenWithOptions(options, new InetSocketAddress(host, port));
        }
        NetServer server = vertx.createNetServer(
                        new NetServerOptions().setReuseAddress(true).setAcceptBacklog(BACKLOG))
                .connectHandler(socket -> slot.accept(VertxChannels.adopt(socket)));
        shutdown = server::shutdown;
        return server.listen(port, host.getHostAddress())
                .onSuccess(listening -> bound = new InetSocketAddress(host, listening.actualPort()))
                .mapEmpty();
    }

    /** Vert.x has no words for most socket options, and they have to be there before the socket is bound. */
    private Future<Void> listenWithOptions(SocketOptions options, InetSocketAddress address) {
        EventLoop loop = VertxChannels.loopOf(vertx.getOrCreateContext());
        SocketServer server = new SocketServer(loop, loop, options, slot::accept);
        shutdown = limit -> VertxChannels.future(server.shutdown(limit)).mapEmpty();
        return VertxChannels.future(server.listen(address))
                .onSuccess(socket -> bound = (InetSocketAddress) socket.localAddress())
                .mapEmpty();
    }

    /** Listens on the inbound's unix socket; its connections are spread over all event loops. */
    Future<Void> listen(UnixAddress address) {
        UnixServer server = new UnixServer(vertx, address, slot::accept);
        shutdown = server::shutdown;
        return server.listen();
    }

    @Override
    public @Nullable InetSocketAddress address() {
        return bound;
    }

    @Override
    public Future<Void> shutdown(Duration limit) {
        return shutdown.apply(limit);
    }

    @Override
    public Future<Void> close() {
        return shutdown.apply(Duration.ZERO);
    }
}
