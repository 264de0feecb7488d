package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.SecuritySettings;
import io.culvert.config.TransportSettings;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.SocketServer;
import io.culvert.transport.tls.TlsContexts;
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
import org.jspecify.annotations.Nullable;

/**
 * An inbound's TCP ports on one event loop, or its unix socket. Vert.x lets the verticles of a node share a port, each accepting
 * on its own loop.
 */
final class InboundListener {
    /** What a TCP server accepts where nothing is configured (wire-formats section 14.2). */
    private static final List<String> DEFAULT_ALPN = List.of("h2", "http/1.1");

    /** What an HTTP/2 server accepts. */
    private static final List<String> HTTP2_ALPN = List.of("h2");

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
    /** What is between the socket and the protocol, or null for nothing. */
        this.protocol = protocol;
        this.handshakeMillis = handshakeMillis;
        this.filter = ClientFilter.of(inbound);
        this.layer = layer(inbound.stream().transport(), inbound.stream().security() instanceof SecuritySettings.Tls);
        this.tls = switch (inbound.stream().security()) {
            case SecuritySettings.None _ -> null;
            case SecuritySettings.Tls settings ->
                new TlsServer(TlsContexts.server(
                        settings, defaultAlpn(inbound.stream().transport())));
        };
        this.acceptor = new StreamAcceptor(ingress, inbound, protocol, handshakeMillis, tls, layer);
    }

    /** What is between the socket and the protocol, or null for nothing. */
    private static @Nullable ServerLayer layer(TransportSettings settings) {
        return switch (settings) {
            case TransportSettings.Raw raw when raw.disguise() == null -> null;
            case TransportSettings.Raw _ -> throw unbuilt(settings);
            case TransportSettings.WebSocket _, TransportSettings.HttpUpgrade _ -> throw unbuilt(settings);
            case TransportSettings.Http2 http2 -> new Http2ServerLayer(new Http2Service(http2), !overTls);
            case TransportSettings.Grpc grpc -> new Http2ServerLayer(new GrpcService(grpc), false);
            case TransportSettings.Kcp _, TransportSettings.Quic _ -> throw unbuilt(settings);
            case TransportSettings.DomainSocket _ -> null;
            case TransportSettings.Unbuilt _ -> throw unbuilt(settings);
        };
    }

    private static List<String> defaultAlpn(TransportSettings settings) {
        return settings instanceof TransportSettings.Http2 || settings instanceof TransportSettings.Grpc
                ? HTTP2_ALPN
                : DEFAULT_ALPN;
    }

    private static IllegalArgumentException unbuilt(TransportSettings settings) {
        return new IllegalArgumentException("not built, and must have been refused before: " + settings);
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

<<<<<<< HEAD
    /** Listens on the inbound's unix socket; its connections are spread over all event loops. */
    Future<Void> listen(UnixAddress address) {
        UnixServer server = new UnixServer(vertx, address, acceptor::accept);
        shutdowns.add(server::shutdown);
        return server.listen();
=======
    /** The transport has the handshake's time to hand the first stream on, which then has as long for its request. */
    private void acceptLayer(Channel socket, ServerLayer transport) {
        ScheduledFuture<?> deadline =
                socket.eventLoop().schedule(() -> socket.close(), handshakeMillis, TimeUnit.MILLISECONDS);
        transport.accept(socket, stream -> {
            deadline.cancel(false);
            if (!stream.equals(socket) && !ingress.mayAccept()) {
                Channels.abort(stream);
                return;
            }
            ClientConnection.begin(ingress, inbound.tag(), stream, protocol, handshakeMillis);
        });
>>>>>>> trh2
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
