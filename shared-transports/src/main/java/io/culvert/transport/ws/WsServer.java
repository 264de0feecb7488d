package io.culvert.transport.ws;

import io.culvert.config.TransportSettings;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.httpupgrade.UpgradeServerHandler;
import io.culvert.wire.http.EarlyData;
import io.culvert.wire.http.UpgradeServer;
import io.culvert.wire.http.WebSocketKey;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/** WebSocket at an inbound. The socket itself becomes the stream. */
public final class WsServer implements ServerLayer {
    private final UpgradeServer.Route route;
    private final boolean trustForwardedFor;
    private final int heartbeatSeconds;

    public WsServer(TransportSettings.WebSocket settings) {
        this.route = UpgradeServer.Route.of(settings.path(), true, earlyDataHeader(settings));
        this.trustForwardedFor = settings.trustForwardedFor();
        this.heartbeatSeconds = settings.heartbeatSeconds();
    }

    /** Xray's clients decide for themselves whether they send early data, so its place is looked at in any case. */
    private static @Nullable String earlyDataHeader(TransportSettings.WebSocket settings) {
        return settings.maxEarlyData() == 0 ? EarlyData.DEFAULT_HEADER : settings.earlyDataHeader();
    }

    @Override
    public void accept(Channel socket, Accepted next) {
        UpgradeServerHandler.Listener granted = (ctx, request) -> granted(ctx, request, next);
        Channels.addProtocol(
                socket, "upgrade", new UpgradeServerHandler(route, trustForwardedFor, granted, next::refused));
    }

    private void granted(ChannelHandlerContext ctx, UpgradeServer.Granted request, Accepted next) {
        Channel stream = ctx.channel();
        Channels.addProtocol(
                stream, WsHandler.NAME, new WsHandler(true, WebSocketKey.tag(request.key()), heartbeatSeconds));
        ChannelHandlerContext frames = stream.pipeline().context(WsHandler.NAME);
        next.accepted(stream);
        if (request.earlyData().isReadable()) {
            frames.fireChannelRead(request.earlyData());
        }
    }
}
