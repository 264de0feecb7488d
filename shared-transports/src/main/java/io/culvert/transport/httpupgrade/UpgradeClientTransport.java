package io.culvert.transport.httpupgrade;

import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.UpstreamFaults;
import io.culvert.wire.http.EarlyData;
import io.culvert.wire.http.UpgradeClient;
import io.culvert.wire.http.WebSocketKey;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP upgrade over a connection that another transport opens: {@code httpupgrade} itself, and WebSocket with its frames on
 * top. With early data the stream is ready before the handshake.
 */
public final class UpgradeClientTransport implements ClientTransport {
    private final ClientTransport below;
    private final UpgradeClient.Request request;
    private final boolean secure;
    private final Early early;
    private final @Nullable Frames frames;

    /** What of the stream goes out before the server has answered. */
    public sealed interface Early {
        /** Nothing. */
        record None() implements Early {}

        /**
         * The first bytes, inside the request.
         *
         * @param bytes at least 1
         * @param header where they stand, empty for the end of the path
         */
        record InRequest(int bytes, String header) implements Early {}

        /** Everything, behind the request (Xray's httpupgrade). */
        record Behind() implements Early {}
    }

    /** Makes what frames the stream once it is upgraded. */
    public interface Frames {
        /** @param key the handshake's */
        ChannelHandler of(String key);
    }

    /**
     * @param below opens the socket, with its TLS
     * @param secure whether it has TLS: the port that goes without saying is another
     * @param frames of a WebSocket, or null for bare bytes
     */
    public UpgradeClientTransport(
            UpgradeClient.Request request,
            ClientTransport below,
            boolean secure,
            Early early,
            @Nullable Frames frames) {
        this.request = request;
        this.below = below;
        this.secure = secure;
        this.early = early;
        this.frames = frames;
    }

    @Override
    public Future<Channel> open(Address server, int port, EventLoop loop) {
        Promise<Channel> ready = loop.newPromise();
        below.open(server, port, loop).addListener((Future<Channel> opened) -> {
            if (opened.isSuccess()) {
                new Upgrade(opened.getNow(), UpgradeClient.host(server, port, secure)).begin(ready);
            } else {
                ready.tryFailure(opened.cause());
            }
        });
        return ready;
    }

    /** One connection. */
    private final class Upgrade {
        private final Channel channel;
        private final String host;
        private final UpgradeClient client;
        private final UpgradeClientHandler handler;
        private final ChannelHandlerContext ctx;
        private final Promise<Void> answer;

        Upgrade(Channel channel, String host) {
            String key = frames == null ? null : WebSocketKey.random(ThreadLocalRandom.current());
            this.channel = channel;
            this.host = host;
            this.client = new UpgradeClient(request, key);
            this.answer = channel.eventLoop().newPromise();
            this.handler = new UpgradeClientHandler(client, answer);
            Channels.addProtocol(channel, "upgrade", handler);
            this.ctx = channel.pipeline().context(handler);
            if (frames != null && key != null) {
                Channels.addProtocol(channel, "frames", frames.of(key));
            }
        }

        void begin(Promise<Channel> ready) {
            switch (early) {
                case Early.None _ -> {
                    answer.addListener((Future<Void> answered) -> answered(answered, ready));
                    request("", null);
                }
                case Early.InRequest(int bytes, String header) -> {
                    EarlyDataHandler.Request send = data -> request(header, data);
                    Channels.addProtocol(
                            channel,
                            EarlyDataHandler.NAME,
                            new EarlyDataHandler(Math.min(bytes, EarlyData.MAX_LENGTH), send, answer));
                    ready.trySuccess(channel);
                }
                case Early.Behind _ -> {
                    // The request leaves alone: Xray's server loses what it reads together with it.
                    answer.addListener((Future<Void> answered) -> failLate(answered));
                    request("", null);
                    ready.trySuccess(channel);
                }
            }
        }

        private ByteBuf written(String header, @Nullable ByteBuf earlyData) {
            ByteBuf out = channel.alloc().buffer();
            client.write(out, host, header, earlyData == null ? null : encode(earlyData));
            return out;
        }

        private String encode(ByteBuf earlyData) {
            return frames == null ? EarlyData.encodePadded(earlyData) : EarlyData.encode(earlyData);
        }

        private void request(String header, @Nullable ByteBuf earlyData) {
            if (!answer.isDone()) {
                ctx.writeAndFlush(written(header, earlyData));
                handler.start(ctx);
            }
        }

        private void answered(Future<Void> answered, Promise<Channel> ready) {
            if (answered.isSuccess()) {
                ready.trySuccess(channel);
            } else {
                Channels.abort(channel);
                ready.tryFailure(answered.cause());
            }
        }

        /** The stream is in use already, so its relay is told. */
        private void failLate(Future<Void> answered) {
            if (!answered.isSuccess() && channel.isOpen()) {
                UpstreamFaults.tell(ctx, String.valueOf(answered.cause().getMessage()));
                Channels.abort(channel);
            }
        }
    }
}
