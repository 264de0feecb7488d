package io.culvert.transport.httpupgrade;

import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.payload.FirstWriteHandler;
import io.culvert.wire.http.UpgradeClient;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Map;
import java.util.TreeMap;

/**
 * HTTP upgrade to the server of an outbound, over a connection that another transport opens. With early data ({@code ?ed=}, as
 * Xray has it) the stream does not wait for the answer: the request leaves with the first payload behind it.
 */
public final class HttpUpgradeClient implements ClientTransport {
    private final ClientTransport below;
    private final UpgradeClient.Request request;
    private final boolean secure;
    private final boolean early;

    /**
     * @param below opens the socket, with its TLS
     * @param secure whether it has TLS: the port that goes without saying is another
     */
    public HttpUpgradeClient(TransportSettings.HttpUpgrade settings, ClientTransport below, boolean secure) {
        this.below = below;
        this.request = new UpgradeClient.Request(settings.path(), headers(settings));
        this.secure = secure;
        this.early = settings.maxEarlyData() > 0;
    }

    private static Map<String, String> headers(TransportSettings.HttpUpgrade settings) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(settings.headers());
        if (!settings.host().isEmpty()) {
            headers.put("Host", settings.host());
        }
        return headers;
    }

    @Override
    public Future<Channel> open(Address server, int port, EventLoop loop) {
        Promise<Channel> ready = loop.newPromise();
        below.open(server, port, loop).addListener((Future<Channel> opened) -> {
            if (opened.isSuccess()) {
                upgrade(opened.getNow(), UpgradeClient.host(server, port, secure), ready);
            } else {
                ready.tryFailure(opened.cause());
            }
        });
        return ready;
    }

    private void upgrade(Channel channel, String host, Promise<Channel> ready) {
        UpgradeClient client = new UpgradeClient(request, null);
        ByteBuf out = channel.alloc().buffer();
        client.write(out, host, "", null);
        Promise<Void> upgraded = channel.eventLoop().newPromise();
        UpgradeClientHandler handler = new UpgradeClientHandler(client, upgraded);
        Channels.addProtocol(channel, "upgrade", handler);
        ChannelHandlerContext ctx = channel.pipeline().context(handler);
        if (early) {
            upgraded.addListener((Future<Void> answered) -> {
                if (!answered.isSuccess() && channel.isOpen()) {
                    ctx.fireUserEventTriggered(CloseCause.UPSTREAM_HANDSHAKE_FAILED);
                    Channels.abort(channel);
                }
            });
            Channels.addProtocol(
                    channel, "upgrade-request", new FirstWriteHandler(out, FirstWriteHandler.CLIENT_WAIT_MILLIS));
            handler.start(ctx);
            ready.trySuccess(channel);
            return;
        }
        upgraded.addListener((Future<Void> answered) -> {
            if (answered.isSuccess()) {
                ready.trySuccess(channel);
            } else {
                Channels.abort(channel);
                ready.tryFailure(answered.cause());
            }
        });
        ctx.writeAndFlush(out);
        handler.start(ctx);
    }
}
