package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.quic.QuicServer;
import io.culvert.transport.quic.QuicServerSocket;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * An inbound's QUIC ports on one event loop. Where the system can share a UDP port among sockets, each of a node's loops has
 * one and serves the clients that the system deals to it; elsewhere one loop serves them all.
 */
final class QuicListener {
    private final Ingress ingress;
    private final InboundConfig inbound;
    private final InboundProtocol protocol;
    private final long handshakeMillis;
    private final ClientFilter filter;
    private final QuicServer server;
    private final List<QuicServerSocket> sockets = new ArrayList<>();

    /** @param server of the inbound's settings */
    QuicListener(
            Ingress ingress, InboundConfig inbound, QuicServer server, InboundProtocol protocol, long handshakeMillis) {
        this.ingress = ingress;
        this.inbound = inbound;
        this.protocol = protocol;
        this.handshakeMillis = handshakeMillis;
        this.filter = ClientFilter.of(inbound);
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
    Future<InetSocketAddress> listen(EventLoop loop, int port, boolean first) {
        InetAddress host = ClientFilter.listenAddress(inbound);
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (first) {
            try {
                expectFree(address);
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
        }
        QuicServerSocket socket = server.open(
                loop, address, QuicServer.canShare(loop), source -> filter.serves(source.getAddress()), this::accept);
        Promise<InetSocketAddress> result = Promise.promise();
        socket.bound().addListener(done -> {
            if (done.isSuccess()) {
                sockets.add(socket);
                result.complete((InetSocketAddress) socket.bound().channel().localAddress());
            } else {
                result.fail(done.cause());
            }
        });
        return result.future();
    }

    /** A port that is shared can be opened although somebody has it; so the first looks whether anybody does. */
    private static void expectFree(InetSocketAddress address) throws IOException {
        try (DatagramSocket probe = new DatagramSocket(null)) {
            probe.bind(address);
        }
    }

    private void accept(Channel stream) {
        if (ingress.mayAccept()) {
            ClientConnection.begin(ingress, inbound.tag(), stream, protocol, handshakeMillis);
        } else {
            Channels.abort(stream);
        }
    }

    /** Takes no more streams; those that are open stay. */
    void stopAccepting() {
        sockets.forEach(QuicServerSocket::stopAccepting);
    }

    /** Ends every connection. */
    void close() {
        sockets.forEach(QuicServerSocket::close);
    }
}
