package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.SecuritySettings;
import io.culvert.config.TransportSettings;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.tls.TlsContexts;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.tls.TlsServer;
import io.netty.channel.Channel;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An inbound's TCP ports on one event loop: accepts, lays TLS and the protocol on the channel. Vert.x lets the verticles of a
 * node share a port, each accepting on its own loop.
 */
final class InboundListener {
    /** What a TCP server accepts where nothing is configured (wire-formats section 14.2). */
    private static final List<String> DEFAULT_ALPN = List.of("h2", "http/1.1");

    private static final int BACKLOG = 4_096;

    private final Vertx vertx;
    private final Ingress ingress;
    private final InboundConfig inbound;
    private final InboundProtocol protocol;
    private final long handshakeMillis;
    private final ClientFilter filter;
    private final @Nullable TlsServer tls;
    /** What is between the socket and the protocol, or null for nothing. */
    private final @Nullable ServerLayer layer;

    private final List<NetServer> servers = new ArrayList<>();

    /** @throws TlsConfigException where the inbound's certificates cannot be used */
    InboundListener(Vertx vertx, Ingress ingress, InboundConfig inbound, InboundProtocol protocol, long handshakeMillis)
            throws TlsConfigException {
        this.vertx = vertx;
        this.ingress = ingress;
        this.inbound = inbound;
        this.protocol = protocol;
        this.handshakeMillis = handshakeMillis;
        this.filter = ClientFilter.of(inbound);
        this.layer = layer(inbound.stream().transport());
        this.tls = tls(inbound);
    }

    /** An inbound's TLS, or null where it has none. */
    static @Nullable TlsServer tls(InboundConfig inbound) throws TlsConfigException {
        return switch (inbound.stream().security()) {
            case SecuritySettings.None _ -> null;
            case SecuritySettings.Tls settings -> new TlsServer(TlsContexts.server(settings, DEFAULT_ALPN));
        };
    }

    private static @Nullable ServerLayer layer(TransportSettings settings) {
        return switch (settings) {
            case TransportSettings.Raw raw when raw.disguise() == null -> null;
            case TransportSettings.Raw _ -> throw unbuilt(settings);
            case TransportSettings.WebSocket _, TransportSettings.HttpUpgrade _ -> throw unbuilt(settings);
            case TransportSettings.Http2 _, TransportSettings.Grpc _ -> throw unbuilt(settings);
            case TransportSettings.Kcp _ -> throw new IllegalArgumentException("mKCP has no TCP port");
            case TransportSettings.Quic _ -> throw unbuilt(settings);
            case TransportSettings.DomainSocket _ -> throw unbuilt(settings);
            case TransportSettings.Unbuilt _ -> throw unbuilt(settings);
        };
    }

    private static IllegalArgumentException unbuilt(TransportSettings settings) {
        return new IllegalArgumentException("not built, and must have been refused before: " + settings);
    }

    /** Listens on one of the inbound's ports. */
    Future<InetSocketAddress> listen(int port) {
        String host = ClientFilter.listenAddress(inbound).getHostAddress();
        NetServer server = vertx.createNetServer(
                        new NetServerOptions().setReuseAddress(true).setAcceptBacklog(BACKLOG))
                .connectHandler(this::accept);
        servers.add(server);
        return server.listen(port, host)
                .map(bound -> new InetSocketAddress(ClientFilter.listenAddress(inbound), bound.actualPort()));
    }

    private void accept(NetSocket socket) {
        Channel channel = VertxChannels.adopt(socket);
        if (!(channel.remoteAddress() instanceof InetSocketAddress source)
                || !ingress.mayAccept()
                || !filter.serves(source.getAddress())) {
            Channels.abort(channel);
            return;
        }
        if (tls != null) {
            tls.install(channel);
        }
        if (layer == null) {
            ClientConnection.begin(ingress, inbound.tag(), channel, protocol, handshakeMillis);
        } else {
            acceptLayer(channel, layer);
        }
    }

    /** The transport has the handshake's time to hand the first stream on, which then has as long for its request. */
    private void acceptLayer(Channel socket, ServerLayer transport) {
        ScheduledFuture<?> deadline =
                socket.eventLoop().schedule(() -> socket.close(), handshakeMillis, TimeUnit.MILLISECONDS);
        transport.accept(socket, stream -> {
            deadline.cancel(false);
            ClientConnection.begin(ingress, inbound.tag(), stream, protocol, handshakeMillis);
        });
    }

    /** Stops accepting; connections that are open stay until the limit. */
    Future<Void> shutdown(Duration limit) {
        List<Future<Void>> all = new ArrayList<>();
        for (NetServer server : servers) {
            all.add(server.shutdown(limit));
        }
        return Future.join(all).mapEmpty();
    }
}
