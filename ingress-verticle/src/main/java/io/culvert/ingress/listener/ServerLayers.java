package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.grpc.GrpcService;
import io.culvert.transport.h2.Http2ServerLayer;
import io.culvert.transport.h2.Http2Service;
import io.culvert.transport.httpdisguise.DisguiseServer;
import io.culvert.transport.httpupgrade.HttpUpgradeServer;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.tls.TlsServer;
import io.culvert.transport.tls.TlsServers;
import io.culvert.transport.ws.WsServer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one place that knows the server's half of every transport over stream sockets. */
final class ServerLayers {
    /** What a server accepts where nothing is configured (wire-formats section 14.2). */
    private static final List<String> DEFAULT_ALPN = List.of("h2", "http/1.1");
    /** What a server accepts over plain TCP, and an HTTP/2 server. */
    private static final List<String> HTTP2_ALPN = List.of("h2");
    /** What a server accepts whose transport is an upgrade of HTTP/1.1: h2 would break it. */
    private static final List<String> UPGRADE_ALPN = List.of("http/1.1");

    /**
     * How long a client of an HTTP transport may take for its TLS handshake, and then for the head of each request: 4.34 gives
     * so much whatever the policy says.
     */
    static final long HEAD_MILLIS = 4_000;

    private ServerLayers() {}

    /** What a client of a transport may take for TLS and for a request's head each; 0 where the handshake's time covers both. */
    static long headMillis(TransportSettings settings) {
        return switch (settings) {
            case TransportSettings.WebSocket _, TransportSettings.HttpUpgrade _, TransportSettings.Http2 _ ->
                HEAD_MILLIS;
            case TransportSettings.Raw _,
                    TransportSettings.DomainSocket _,
                    TransportSettings.Grpc _,
                    TransportSettings.Kcp _,
                    TransportSettings.Quic _,
                    TransportSettings.Unbuilt _ -> 0;
        };
    }

    /** What is between the socket and the protocol, or null for nothing. */
    static @Nullable ServerLayer of(TransportSettings settings, boolean overTls) {
        return switch (settings) {
            case TransportSettings.Raw(var disguise) -> disguise == null ? null : new DisguiseServer(disguise);
            case TransportSettings.DomainSocket _ -> null;
            case TransportSettings.WebSocket webSocket -> new WsServer(webSocket);
            case TransportSettings.HttpUpgrade upgrade -> new HttpUpgradeServer(upgrade);
            case TransportSettings.Http2 http2 -> new Http2ServerLayer(new Http2Service(http2), !overTls);
            case TransportSettings.Grpc grpc -> new Http2ServerLayer(new GrpcService(grpc), false);
            case TransportSettings.Kcp _, TransportSettings.Quic _ ->
                throw new IllegalArgumentException("a transport over UDP has a listener of its own: " + settings);
            case TransportSettings.Unbuilt _ ->
                throw new IllegalArgumentException("not built, and must have been refused before: " + settings);
        };
    }

    /** The TLS of an inbound, with what its transport and protocol let a client negotiate; null where it has none. */
    static @Nullable TlsServer tls(TlsServers servers, InboundConfig inbound) throws TlsConfigException {
        StreamConfig stream = inbound.stream();
        return switch (stream.security()) {
            case SecuritySettings.None _ -> null;
            // Browsers choose h2 where it is offered, and an HTTP inbound speaks HTTP/1.1.
            case SecuritySettings.Tls settings
            when inbound.settings() instanceof InboundSettings.Http ->
                servers.of(settings.withoutHttp2(), UPGRADE_ALPN);
            case SecuritySettings.Tls settings -> tls(servers, settings, stream.transport());
        };
    }

    private static TlsServer tls(TlsServers servers, SecuritySettings.Tls settings, TransportSettings transport)
            throws TlsConfigException {
        return switch (transport) {
            case TransportSettings.WebSocket _, TransportSettings.HttpUpgrade _ ->
                servers.of(settings.withoutHttp2(), UPGRADE_ALPN);
            case TransportSettings.Raw _, TransportSettings.Http2 _, TransportSettings.Grpc _ ->
                servers.of(settings, HTTP2_ALPN);
            case TransportSettings.DomainSocket _,
                    TransportSettings.Kcp _,
                    TransportSettings.Quic _,
                    TransportSettings.Unbuilt _ -> servers.of(settings, DEFAULT_ALPN);
        };
    }
}
