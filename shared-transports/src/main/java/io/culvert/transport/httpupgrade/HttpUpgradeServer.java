package io.culvert.transport.httpupgrade;

import io.culvert.config.TransportSettings;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.Channels;
import io.culvert.wire.http.EarlyData;
import io.culvert.wire.http.UpgradeServer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;

/** HTTP upgrade at an inbound: behind the handshake the socket itself is the stream, half-close and all. */
public final class HttpUpgradeServer implements ServerLayer {
    private final UpgradeServer.Route route;
    private final boolean trustForwardedFor;

    public HttpUpgradeServer(TransportSettings.HttpUpgrade settings) {
        String header = settings.earlyDataHeader().isEmpty() ? EarlyData.DEFAULT_HEADER : settings.earlyDataHeader();
        this.route = UpgradeServer.Route.of(settings.path(), false, header);
        this.trustForwardedFor = settings.trustForwardedFor();
    }

    @Override
    public void accept(Channel socket, Accepted next) {
        UpgradeServerHandler.Listener granted = (ctx, request) -> granted(ctx, request, next);
        Channels.addProtocol(
                socket, "upgrade", new UpgradeServerHandler(route, trustForwardedFor, granted, next::refused));
    }

    private static void granted(ChannelHandlerContext ctx, UpgradeServer.Granted request, Accepted next) {
        next.accepted(ctx.channel());
        if (request.earlyData().isReadable()) {
            ctx.fireChannelRead(request.earlyData());
        }
    }
}
