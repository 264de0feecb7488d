package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.model.Cidr;
import io.culvert.model.CloseCause;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.proxyprotocol.ProxyProtocolHandler;
import io.culvert.transport.tls.TlsServer;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What becomes of an accepted socket, whichever listener it comes from: TLS, the transport, the protocol. On its own loop. */
final class StreamAcceptor {
    private final Ingress ingress;
    private final String tag;
    private final InboundProtocol protocol;
    private final long handshakeMillis;
    private final long headMillis;
    private final ClientFilter filter;
    private final List<Cidr> fronts;
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
        this.handshakeMillis = ingress.halfOpenMillis(handshakeMillis);
        this.headMillis = ServerLayers.headMillis(inbound.stream().transport());
        this.filter = filter;
        this.fronts = inbound.stream().sockopt().trustedFronts();
        this.proxyProtocol = inbound.stream().sockopt().acceptProxyProtocol();
        this.tls = tls;
        this.layer = layer;
    }

    /** Takes a socket from which nothing has been read, prepared by {@link Channels#prepare}. */
    void accept(Channel socket) {
        // A TCP socket without a peer is one that has been reset already.
        boolean gone = socket instanceof SocketChannel && !(socket.remoteAddress() instanceof InetSocketAddress);
        HalfOpen.Place place = gone ? null : admit(socket);
        if (place == null) {
            Channels.abort(socket);
        } else if (proxyProtocol) {
            Waiting waiting = new Waiting(socket, place, handshakeMillis);
            ProxyProtocolHandler.install(socket, known -> {
                waiting.end();
                // Both have to be admitted: the balancer, who may make up what it says, and whom it says that it is
                // for.
                HalfOpen.Place ofClient = admit(known);
                if (ofClient == null) {
                    Channels.abort(known);
                } else {
                    secure(known, ofClient);
                }
            });
        } else {
            secure(socket, place);
        }
    }

    /** The place of a connection that is to be served, or null. */
    private HalfOpen.@Nullable Place admit(Channel channel) {
        InetAddress client = ClientAddress.peer(channel).getAddress();
        return filter.serves(client) ? ingress.admit(client, isFront(client)) : null;
    }

    private boolean isFront(InetAddress client) {
        if (client.isLoopbackAddress()) {
            return true;
        }
        for (Cidr front : fronts) {
            if (front.contains(client)) {
                return true;
            }
        }
        return false;
    }

    private void secure(Channel socket, HalfOpen.Place place) {
        if (layer == null) {
            if (tls != null) {
                tls.install(socket);
            }
            begin(socket, place, null);
            return;
        }
        boolean hasHead = headMillis > 0;
        Waiting waiting = new Waiting(socket, place, hasHead ? headMillis : handshakeMillis);
        if (tls != null) {
            tls.install(socket, hasHead ? waiting::again : () -> {});
        }
        layer.accept(socket, new ServerLayer.Accepted() {
            @Override
            public void accepted(Channel stream) {
                if (stream.equals(socket)) {
                    waiting.stop();
                    begin(stream, place, null);
                } else {
                    waiting.accept(stream);
                }
            }

            @Override
            public void refused() {
                if (hasHead) {
                    waiting.again();
                }
            }
        });
    }

    /** Takes a stream whose transport is a listener of its own kind: nothing is between it and the protocol. */
    void acceptStream(Channel stream) {
        acceptStream(stream, null);
    }

    private void acceptStream(Channel stream, @Nullable Runnable known) {
        HalfOpen.Place place = admit(stream);
        if (place == null) {
            Channels.abort(stream);
        } else {
            begin(stream, place, known);
        }
    }

    private void begin(Channel stream, HalfOpen.@Nullable Place place, @Nullable Runnable known) {
        boolean front = isFront(ClientAddress.peer(stream).getAddress());
        ClientConnection.begin(ingress, tag, stream, protocol, handshakeMillis, place, front, known);
    }

    /**
     * A socket that is no stream, or carries streams of which none has made a request yet: it has a place among the half-open
     * ones, and a time. Its first stream is counted with it, further ones by themselves.
     */
    private final class Waiting {
        private final Channel socket;
        private final HalfOpen.Place place;
        private final long millis;
        private ScheduledFuture<?> deadline;
        private boolean open = true;
        private boolean carries;

        /** @param millis until there is a stream; that has the handshake's time then */
        Waiting(Channel socket, HalfOpen.Place place, long millis) {
            this.socket = socket;
            this.place = place;
            this.millis = millis;
            deadline = expireIn(millis);
            socket.closeFuture().addListener(_ -> end());
        }

        private ScheduledFuture<?> expireIn(long time) {
            return socket.eventLoop().schedule(this::expired, time, TimeUnit.MILLISECONDS);
        }

        /** The client has come a step further, and has the same time for the next. */
        void again() {
            if (open && !carries) {
                restart(millis);
            }
        }

        private void restart(long time) {
            deadline.cancel(false);
            deadline = expireIn(time);
        }

        private void expired() {
            if (!carries) {
                ingress.registry().count(CloseCause.HANDSHAKE_TIMEOUT);
                ingress.log().rejected(ClientAddress.of(socket), CloseCause.HANDSHAKE_TIMEOUT, "");
            }
            socket.close();
        }

        void accept(Channel stream) {
            if (carries || !open) {
                acceptStream(stream, this::end);
                return;
            }
            carries = true;
            begin(stream, null, this::end);
            if (open) {
                // The stream's own deadline comes first, and says why it ended.
                restart(handshakeMillis);
            }
        }

        /** The place is another's from here on. */
        void stop() {
            open = false;
            deadline.cancel(false);
        }

        void end() {
            if (open) {
                stop();
                place.leave();
            }
        }
    }
}
