package io.culvert.transport.channel;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;

/** What every stream channel of the data path has in common. */
public final class Channels {
    /** Reads adapt to the flow between these sizes, in bytes. */
    static final int LEAST_READ = 2 * 1024;

    static final int FIRST_READ = 4 * 1024;
    static final int MOST_READ = 256 * 1024;

    private Channels() {}

    /** Prepares a fresh stream socket: options, the handlers that belong under everything else, and the last one. */
    public static void prepare(Channel channel) {
        configure(channel);
        channel.pipeline().addFirst(HalfCloseHandler.NAME, HalfCloseHandler.INSTANCE);
        channel.pipeline().addAfter(HalfCloseHandler.NAME, GatherHandler.NAME, new GatherHandler());
        channel.pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
    }

    /** Adds a protocol's handler above everything that is there but {@link EarlyBytesHandler}. */
    public static void addProtocol(Channel channel, String name, ChannelHandler handler) {
        channel.pipeline().addBefore(EarlyBytesHandler.NAME, name, handler);
    }

    /**
     * Adds a handler below every other but those that {@link #prepare} put at the bottom of a socket; a channel that was not
     * prepared, one inside another, has none.
     */
    public static void addLowest(Channel channel, String name, ChannelHandler handler) {
        if (channel.pipeline().get(GatherHandler.NAME) == null) {
            channel.pipeline().addFirst(name, handler);
        } else {
            channel.pipeline().addAfter(GatherHandler.NAME, name, handler);
        }
    }

    private static void configure(Channel channel) {
        ChannelConfig config = channel.config();
        config.setAllocator(PooledByteBufAllocator.DEFAULT);
        // One read a turn: what it brought is flushed before more is read, so a turn holds at most MOST_READ bytes.
        config.setRecvByteBufAllocator(
                new AdaptiveRecvByteBufAllocator(LEAST_READ, FIRST_READ, MOST_READ).maxMessagesPerRead(1));
        config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        config.setOption(ChannelOption.TCP_NODELAY, true);
        config.setOption(ChannelOption.SO_KEEPALIVE, true);
    }

    /** Pauses the writer of a channel at {@code bytes} queued, and lets it go on at half of that. */
    public static void limitQueue(Channel channel, int bytes) {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(Math.max(1, bytes / 2), Math.max(1, bytes)));
    }

    /** Closes after everything written so far is on its way: a FIN, unless the peer's bytes lie unread. */
    public static void closeGently(Channel channel) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Ends a channel so that its peer sees a failure and not an end: a reset, without close_notify or any other end mark.
     * Handlers above are passed by.
     */
    public static void abort(Channel channel) {
        if (!channel.isOpen()) {
            return;
        }
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        ChannelHandlerContext lowest = channel.pipeline().firstContext();
        if (lowest == null) {
            channel.close();
        } else {
            lowest.close();
        }
    }
}
