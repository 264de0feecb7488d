package io.culvert.egress.dial;

import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.tls.TlsClient;
import io.culvert.transport.tls.TlsContexts;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens streams to the server of a proxy outbound over its transport, and is the one place that knows every transport's client. */
public final class StreamDialer {
    /** What a client over TCP offers where nothing is configured (wire-formats section 14.2). */
    private static final List<String> STREAM_ALPN = List.of("h2", "http/1.1");

    private final ClientTransport transport;

    /** @throws TlsConfigException where the TLS settings cannot be used */
    public StreamDialer(StreamConfig stream, @Nullable InetAddress sendThrough, Dialer dialer)
            throws TlsConfigException {
        TransportSettings settings = stream.transport();
        this.transport = switch (settings) {
            case TransportSettings.Raw raw
            when raw.disguise() == null -> new SocketTransport(dialer, sendThrough, tls(stream, STREAM_ALPN));
            case TransportSettings.Raw _ -> throw unbuilt(settings);
            case TransportSettings.WebSocket _, TransportSettings.HttpUpgrade _ -> throw unbuilt(settings);
            case TransportSettings.Http2 _, TransportSettings.Grpc _ -> throw unbuilt(settings);
            case TransportSettings.Kcp kcp -> new KcpTransport(dialer, sendThrough, kcp, tls(stream, STREAM_ALPN));
            case TransportSettings.Quic _ -> throw unbuilt(settings);
            case TransportSettings.DomainSocket _ -> throw unbuilt(settings);
            case TransportSettings.Unbuilt _ -> throw unbuilt(settings);
        };
    }

    private static IllegalArgumentException unbuilt(TransportSettings settings) {
        return new IllegalArgumentException("not built, and must have been refused before: " + settings);
    }

    private static @Nullable TlsClient tls(StreamConfig stream, List<String> defaultAlpn) throws TlsConfigException {
        return switch (stream.security()) {
            case SecuritySettings.None _ -> null;
            case SecuritySettings.Tls settings ->
                new TlsClient(
                        TlsContexts.client(settings, defaultAlpn), settings.serverName(), settings.allowInsecure());
        };
    }

    /** One attempt; fails with {@link io.culvert.model.SessionFailure}. The channel's {@code autoRead} is off. */
    public Future<Channel> connect(Address server, int port, EventLoop loop) {
        return transport.open(server, port, loop);
    }
}
