package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.quic.QuicServer;
import io.culvert.transport.quic.QuicServerSocket;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An inbound's QUIC port on one event loop. Where the system can share a UDP port among sockets, each of a node's loops has
 * one and serves the clients that the system deals to it; elsewhere one loop serves them all.
 */
final class QuicListener implements OpenListener {
    private final Slot slot;
    private final QuicServer server;
    private @Nullable QuicServerSocket socket;
    private @Nullable InetSocketAddress bound;

    /** @param server of the settings of the inbound that the socket is opened for */
    QuicListener(Slot slot, QuicServer server) {
        this.slot = slot;
        this.server = server;
    }

    /** Whether this loop is to listen: each does where a port can be shared, else the first alone. */
    static boolean listensOn(EventLoop loop, boolean first) {
        return first || QuicServer.canShare(loop);
    }

    /**
     * Listens on one of the inbound's ports.
     *
     * @param first whether no other loop of this node listens on it yet
     */
    Future<Void> listen(EventLoop loop, InboundConfig inbound, int port, boolean first) {
        InetSocketAddress address = new InetSocketAddress(ClientFilter.listenAddress(inbound), port);
        if (first) {
            try {
                expectFree(address);
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
        }
        QuicServerSocket opened =
                server.open(loop, address, QuicServer.canShare(loop), this::serves, slot::acceptStream);
        Promise<Void> result = Promise.promise();
        opened.bound().addListener(done -> {
            if (done.isSuccess()) {
                socket = opened;
                bound = (InetSocketAddress) opened.bound().channel().localAddress();
                result.complete();
            } else {
                result.fail(done.cause());
            }
        });
        return result.future();
    }

    private boolean serves(InetSocketAddress source) {
        Served served = slot.served();
        return served != null && served.filter().serves(source.getAddress());
    }

    /** A port that is shared can be opened although somebody has it; so the first looks whether anybody does. */
    private static void expectFree(InetSocketAddress address) throws IOException {
        try (DatagramSocket probe = new DatagramSocket(null)) {
            probe.bind(address);
        }
    }

    @Override
    public @Nullable InetSocketAddress address() {
        return bound;
    }

    /** Takes no more streams; those that are open stay, and the socket closes with the last connection. */
    @Override
    public Future<Void> shutdown(Duration limit) {
        if (socket == null) {
            return Future.succeededFuture();
        }
        socket.stopAccepting();
        return closed(socket);
    }

    @Override
    public Future<Void> close() {
        if (socket == null) {
            return Future.succeededFuture();
        }
        socket.close();
        return closed(socket);
    }

    private static Future<Void> closed(QuicServerSocket socket) {
        return VertxChannels.future(socket.bound().channel().closeFuture()).mapEmpty();
    }
}
