package io.culvert.transport.ws;

import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.httpupgrade.UpgradeClientHandler;
import io.culvert.wire.http.EarlyData;
import io.culvert.wire.http.UpgradeClient;
import io.culvert.wire.http.WebSocketKey;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * WebSocket to the server of an outbound, over a connection that another transport opens. With early data the stream is ready
 * before the handshake: its first bytes travel in the request.
 */
public final class WsClient implements ClientTransport {
    private final ClientTransport below;
    private final UpgradeClient.Request request;
    private final boolean secure;
    private final int maxEarlyData;
    private final String earlyDataHeader;

    /**
     * @param below opens the socket, with its TLS
     * @param secure whether it has TLS: the port that goes without saying is another
     */
    public WsClient(TransportSettings.WebSocket settings, ClientTransport below, boolean secure) {
        this.below = below;
        this.request = new UpgradeClient.Request(settings.path(), settings.headers());
        this.secure = secure;
        this.maxEarlyData = Math.min(settings.maxEarlyData(), EarlyData.MAX_LENGTH);
        this.earlyDataHeader = settings.earlyDataHeader();
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
        String key = WebSocketKey.random(ThreadLocalRandom.current());
        Promise<Void> upgraded = channel.eventLoop().newPromise();
        UpgradeClient client = new UpgradeClient(request, key);
        UpgradeClientHandler handler = new UpgradeClientHandler(client, upgraded);
        Channels.addProtocol(channel, "upgrade", handler);
        Channels.addProtocol(channel, WsHandler.NAME, new WsHandler(false, WebSocketKey.tag(key)));
        EarlyDataHandler.Request send = earlyData -> send(channel, client, handler, host, earlyData);
        if (maxEarlyData > 0) {
            Channels.addProtocol(channel, EarlyDataHandler.NAME, new EarlyDataHandler(maxEarlyData, send, upgraded));
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
        send.send(null);
    }

    private void send(
            Channel channel,
            UpgradeClient client,
            UpgradeClientHandler handler,
            String host,
            @Nullable ByteBuf earlyData) {
        var below = channel.pipeline().context(handler);
        if (below == null) {
            return; // closed meanwhile, which its promise has said
        }
        ByteBuf out = channel.alloc().buffer();
        client.write(out, host, earlyDataHeader, earlyData == null ? null : EarlyData.encode(earlyData));
        below.writeAndFlush(out);
        handler.start(below);
    }
}
