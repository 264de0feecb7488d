package io.culvert.egress.dial;

import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.grpc.GrpcRequest;
import io.culvert.transport.h2.Http2ClientTransport;
import io.culvert.transport.h2.Http2Request;
import io.culvert.transport.httpdisguise.DisguiseClient;
import io.culvert.transport.httpupgrade.HttpUpgradeClient;
import io.culvert.transport.quic.QuicClientTransport;
import io.culvert.transport.tls.TlsClient;
import io.culvert.transport.tls.TlsContexts;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.unix.UnixAddress;
import io.culvert.transport.unix.UnixClient;
import io.culvert.transport.ws.WsClient;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Opens streams to the server of a proxy outbound over its transport, and is the one place that knows every transport's client. */
public final class StreamDialer {
    /** What a client over TCP offers where nothing is configured (wire-formats section 14.2). */
    static final List<String> STREAM_ALPN = List.of("h2", "http/1.1");

    /** What a client offers whose transport is an upgrade of HTTP/1.1. */
    private static final List<String> UPGRADE_ALPN = List.of("http/1.1");

    private static final List<String> HTTP2_ALPN = List.of("h2");

    private final ClientTransport transport;

    /** @throws TlsConfigException where the TLS settings cannot be used */
    public StreamDialer(StreamConfig stream, @Nullable InetAddress sendThrough, Dialer dialer)
            throws TlsConfigException {
        TransportSettings settings = stream.transport();
        this.transport = switch (settings) {
            case TransportSettings.Raw(var disguise) -> {
                ClientTransport socket = new SocketTransport(dialer, sendThrough, tls(stream, STREAM_ALPN));
                yield disguise == null ? socket : new DisguiseClient(disguise, socket);
            }
            case TransportSettings.WebSocket webSocket ->
                WsClient.over(upgradable(stream, sendThrough, dialer), isSecure(stream), webSocket);
            case TransportSettings.HttpUpgrade upgrade ->
                HttpUpgradeClient.over(upgradable(stream, sendThrough, dialer), isSecure(stream), upgrade);
            case TransportSettings.Http2 http2 ->
                new Http2ClientTransport(
                        new SocketTransport(dialer, sendThrough, tlsForHttp2(stream)),
                        new Http2Request(http2, ThreadLocalRandom::current));
            case TransportSettings.Grpc grpc ->
                new Http2ClientTransport(
                        new SocketTransport(dialer, sendThrough, tls(stream, HTTP2_ALPN)),
                        new GrpcRequest(grpc, serverName(stream), stream.security() instanceof SecuritySettings.Tls));
            case TransportSettings.Kcp kcp -> new KcpTransport(dialer, sendThrough, kcp, tls(stream, STREAM_ALPN));
            case TransportSettings.Quic quic ->
                new QuicClientTransport(
                        quic,
                        stream.security(),
                        sendThrough,
                        dialer.options(),
                        (server, port, loop) -> dialer.resolve(
                                new Dialer.Target(server, port, DomainStrategy.AS_IS, false, sendThrough), loop));
            case TransportSettings.DomainSocket socket -> unix(socket, tls(stream, STREAM_ALPN));
            case TransportSettings.Unbuilt _ -> throw unbuilt(settings);
        };
    }

    private static ClientTransport upgradable(StreamConfig stream, @Nullable InetAddress sendThrough, Dialer dialer)
            throws TlsConfigException {
        return new SocketTransport(
                dialer,
                sendThrough,
                switch (stream.security()) {
                    case SecuritySettings.None _ -> null;
                    case SecuritySettings.Tls settings -> tls(settings.withoutHttp2(), UPGRADE_ALPN);
                });
    }

    private static boolean isSecure(StreamConfig stream) {
        return stream.security() instanceof SecuritySettings.Tls;
    }

    private static IllegalArgumentException unbuilt(TransportSettings settings) {
        return new IllegalArgumentException("not built, and must have been refused before: " + settings);
    }

    private static ClientTransport unix(TransportSettings.DomainSocket socket, @Nullable TlsClient tls) {
        UnixClient client = new UnixClient(UnixAddress.of(socket));
        return (server, port, loop) -> SocketTransport.secure(client.open(server, port, loop), tls, server, port, loop);
    }

    static @Nullable TlsClient tls(StreamConfig stream, List<String> defaultAlpn) throws TlsConfigException {
        return switch (stream.security()) {
            case SecuritySettings.None _ -> null;
            case SecuritySettings.Tls settings -> tls(settings, defaultAlpn);
        };
    }

    private static TlsClient tls(SecuritySettings.Tls settings, List<String> defaultAlpn) throws TlsConfigException {
        return new TlsClient(TlsContexts.client(settings, defaultAlpn), settings.serverName(), !settings.checksName());
    }

    /** V2Ray's client has HTTP/2 over TLS only (wire-formats section 14.4). */
    private static TlsClient tlsForHttp2(StreamConfig stream) throws TlsConfigException {
        TlsClient tls = tls(stream, STREAM_ALPN);
        if (tls == null) {
            throw new TlsConfigException("the transport \"http\" of an outbound needs \"security\": \"tls\"", null);
        }
        return tls;
    }

    /** The name that TLS asks for, or what V2Ray's gRPC says without one. */
    private static String serverName(StreamConfig stream) {
        return stream.security() instanceof SecuritySettings.Tls tls && tls.serverName() != null
                ? tls.serverName()
                : "localhost";
    }

    /** One attempt; fails with {@link io.culvert.model.SessionFailure}. The channel's {@code autoRead} is off. */
    public Future<Channel> connect(Address server, int port, EventLoop loop) {
        return transport.open(server, port, loop);
    }
}
