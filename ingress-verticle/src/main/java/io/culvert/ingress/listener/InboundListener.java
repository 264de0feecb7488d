package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.SessionLoops;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.SocketServer;
import io.culvert.transport.unix.UnixAddress;
import io.culvert.transport.unix.UnixServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An inbound's TCP port or its unix socket. One of a node's verticles has it; its connections are spread over all event loops. */
final class InboundListener implements OpenListener {
    private final SessionLoops loops;
    private final Slot slot;
    private Function<Duration, Future<Void>> shutdown = _ -> Future.succeededFuture();
    private Supplier<Future<Void>> unbound = Future::succeededFuture;
    private @Nullable InetSocketAddress bound;

    InboundListener(SessionLoops loops, Slot slot) {
        this.loops = loops;
        this.slot = slot;
    }

    /** Listens on one of the inbound's ports. */
    Future<Void> listen(InboundConfig inbound, int port) {
        InetAddress host = ClientFilter.listenAddress(inbound);
        SocketOptions options = new SocketOptions(inbound.stream().sockopt());
        SocketServer server = new SocketServer(loops, options, slot::accept);
        shutdown = limit -> VertxChannels.future(server.shutdown(limit)).mapEmpty();
        unbound = () -> VertxChannels.future(server.closed()).mapEmpty();
        return VertxChannels.future(server.listen(new InetSocketAddress(host, port)))
                .onSuccess(socket ->
                        bound = new InetSocketAddress(host, ((InetSocketAddress) socket.localAddress()).getPort()))
                .mapEmpty();
    }

    /** Listens on the inbound's unix socket. */
    Future<Void> listen(Vertx vertx, UnixAddress address) {
        UnixServer server = new UnixServer(vertx, loops, address, slot::accept);
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
    public Future<Void> unbound() {
        return unbound.get();
    }

    @Override
    public Future<Void> close() {
        return shutdown.apply(Duration.ZERO);
    }
}
