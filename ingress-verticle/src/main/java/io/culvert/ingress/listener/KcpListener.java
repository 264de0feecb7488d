package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.TransportSettings;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.kcp.KcpServer;
import io.culvert.transport.raw.SocketOptions;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One of an inbound's mKCP ports: a socket on one event loop, which carries all its sessions. */
final class KcpListener implements OpenListener {
    private final Slot slot;
    private final KcpServer server;
    private @Nullable InetSocketAddress bound;

    KcpListener(Ingress ingress, Slot slot, TransportSettings.Kcp settings, SocketOptions options) {
        this.slot = slot;
        this.server = new KcpServer(settings, options, ingress.limits().kcpHalfOpen(), ingress.kcpOverLimit());
    }

    /** Listens on one of the inbound's ports. */
    Future<Void> listen(EventLoop loop, InboundConfig inbound, int port) {
        InetSocketAddress address = new InetSocketAddress(ClientFilter.listenAddress(inbound), port);
        return VertxChannels.future(server.listen(loop, address, slot::accept))
                .onSuccess(at -> bound = at)
                .mapEmpty();
    }

    @Override
    public @Nullable InetSocketAddress address() {
        return bound;
    }

    @Override
    public Future<Void> shutdown(Duration limit) {
        return bound == null ? Future.succeededFuture() : VertxChannels.future(server.shutdown(limit));
    }

    @Override
    public Future<Void> close() {
        return shutdown(Duration.ZERO);
    }
}
