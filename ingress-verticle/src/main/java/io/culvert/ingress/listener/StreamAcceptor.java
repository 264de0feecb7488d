package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.proxyprotocol.ProxyProtocolHandler;
import io.culvert.transport.tls.TlsServer;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What becomes of an accepted socket, whichever listener it comes from: TLS, the transport, the protocol. On its own loop. */
final class StreamAcceptor {
    private final Ingress ingress;
    private final String tag;
    private final InboundProtocol protocol;
    private final long handshakeMillis;
    private final ClientFilter filter;
    private final boolean proxyProtocol;
    private final @Nullable TlsServer tls;
    private final @Nullable ServerLayer layer;

    StreamAcceptor(
            Ingress ingress,
            InboundConfig inbound,
            InboundProtocol protocol,
            long handshakeMillis,
            ClientFilter filter,
            @Nullable TlsServer tls,
            @Nullable ServerLayer layer) {
        this.ingress = ingress;
        this.tag = inbound.tag();
        this.protocol = protocol;
        this.handshakeMillis = handshakeMillis;
        this.filter = filter;
        this.proxyProtocol = inbound.stream().sockopt().acceptProxyProtocol();
        this.tls = tls;
        this.layer = layer;
    }

    /** Takes a socket from which nothing has been read, prepared by {@link Channels#prepare}. */
    void accept(Channel socket) {
        // A TCP socket without a peer is one that has been reset already.
        boolean gone = socket instanceof SocketChannel && !(socket.remoteAddress() instanceof InetSocketAddress);
        if (gone || !ingress.mayAccept() || !served(socket)) {
            Channels.abort(socket);
        } else if (proxyProtocol) {
            Waiting waiting = new Waiting(socket);
            ProxyProtocolHandler.install(socket, known -> {
                waiting.end();
                // Both have to be served: the balancer, who may make up what it says, and whom it says that it is for.
                if (served(known)) {
                    secure(known);
                } else {
                    Channels.abort(known);
                }
            });
        } else {
            secure(socket);
        }
    }

    private boolean served(Channel socket) {
        return filter.serves(ClientAddress.of(socket).getAddress());
    }

    private void secure(Channel socket) {
        if (tls != null) {
            tls.install(socket);
        }
        if (layer == null) {
            begin(socket);
            return;
        }
        Waiting waiting = new Waiting(socket);
        layer.accept(socket, stream -> {
            waiting.end();
            if (stream.equals(socket)) {
                begin(stream);
            } else {
                // Further streams of a connection are counted as connections are.
                acceptStream(stream);
            }
        });
    }

    /** Takes a stream whose transport is a listener of its own kind: nothing is between it and the protocol. */
    void acceptStream(Channel stream) {
        if (ingress.mayAccept()) {
            begin(stream);
        } else {
            Channels.abort(stream);
        }
    }

    private void begin(Channel stream) {
        ClientConnection.begin(ingress, tag, stream, protocol, handshakeMillis);
    }

    /**
     * A socket that is no stream yet: it counts as half open, and has the handshake's time to become one, which then has as
     * long for its request.
     */
    private final class Waiting {
        private final ScheduledFuture<?> deadline;
        private boolean open = true;

        Waiting(Channel socket) {
            ingress.halfOpen().opened();
            deadline = socket.eventLoop().schedule(() -> socket.close(), handshakeMillis, TimeUnit.MILLISECONDS);
            socket.closeFuture().addListener(_ -> end());
        }

        void end() {
            if (open) {
                open = false;
                deadline.cancel(false);
                ingress.halfOpen().closed();
            }
        }
    }
}
