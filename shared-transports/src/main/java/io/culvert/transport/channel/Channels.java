package io.culvert.transport.channel;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionPolicy;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;

/** What every stream channel of the data path has in common. */
public final class Channels {
    /** Reads adapt to the flow between these sizes, in bytes. */
    static final int LEAST_READ = 2 * 1024;

    static final int FIRST_READ = 4 * 1024;
    static final int MOST_READ = 256 * 1024;

    /** Values of SO_LINGER: what is queued in the kernel is dropped and the peer reset, or it is sent before a FIN. */
    private static final int RESET = 0;

    private static final int IN_ORDER = -1;

    private static final AttributeKey<Boolean> IGNORES_RESETS =
            AttributeKey.valueOf(Channels.class, "peer ignores resets");

    private static final AttributeKey<Boolean> RESETS_WITH_PROCESS =
            AttributeKey.valueOf(Channels.class, "resets with process");

    private static final AttributeKey<CloseCause> REASON = AttributeKey.valueOf(Channels.class, "reason");

    private static final AttributeKey<String> SERVER = AttributeKey.valueOf(Channels.class, "server");

    private static final AttributeKey<Integer> LEVEL = AttributeKey.valueOf(Channels.class, "level");

    private static final AttributeKey<SessionPolicy> LIMITS = AttributeKey.valueOf(Channels.class, "limits");

    private Channels() {}

    /**
     * Prepares a fresh stream socket: options, the handlers that belong under everything else, and the last one. Whether a silent
     * peer is probed is chosen apart, by {@link KeepAlive}.
     */
    public static void prepare(Channel channel) {
        EpollRegistrations.mend(channel);
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

    /** Prepares what a listening socket has accepted before it is registered with a loop. */
    public static void accepted(Channel channel) {
        EpollRegistrations.accepted(channel);
    }

    private static void configure(Channel channel) {
        ChannelConfig config = channel.config();
        config.setAllocator(PooledByteBufAllocator.DEFAULT);
        // One read a turn: what it brought is flushed before more is read, so a turn holds at most MOST_READ bytes.
        config.setRecvByteBufAllocator(
                new AdaptiveRecvByteBufAllocator(LEAST_READ, FIRST_READ, MOST_READ).maxMessagesPerRead(1));
        config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        // Netty's epoll sockets are made with it.
        if (channel instanceof SocketChannel && !(channel instanceof EpollSocketChannel)) {
            config.setOption(ChannelOption.TCP_NODELAY, true);
        }
    }

    /**
     * Has the kernel reset a socket when its process dies, where a FIN would make what was under way look complete. Not for a peer
     * that may be a V2Ray: on plain TCP it does not notice a reset, and would keep the session until its idle timer.
     */
    public static void resetWithProcess(Channel channel) {
        if (channel instanceof SocketChannel) {
            channel.attr(RESETS_WITH_PROCESS).set(Boolean.TRUE);
            linger(channel, RESET);
        }
    }

    /** Has the close that follows end a socket with a FIN, behind all that the kernel still has to send. */
    static void closesInOrder(Channel channel) {
        if (channel.hasAttr(RESETS_WITH_PROCESS) && channel.isOpen()) {
            linger(channel, IN_ORDER);
        }
    }

    private static void linger(Channel channel, int value) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, value);
        } catch (ChannelException _) {
            // The socket has been closed already: nothing ends it any more.
        }
    }

    /** Pauses the writer of a channel at {@code bytes} queued, and lets it go on at half of that. */
    public static void limitQueue(Channel channel, int bytes) {
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(Math.max(1, bytes / 2), Math.max(1, bytes)));
    }

    /** Bytes written to a channel that its socket has not taken yet, with some overhead for each buffer. */
    public static long queuedBytes(Channel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        return queue == null ? 0 : queue.totalPendingWriteBytes();
    }

    /** Notes which proxy server a stream to a destination was opened at, for logs. */
    public static void cameBy(Channel channel, String server) {
        channel.attr(SERVER).set(server);
    }

    /** What {@link #cameBy} has noted, or null where the stream goes to its destination itself. */
    public static @Nullable String serverOf(Channel channel) {
        return channel.hasAttr(SERVER) ? channel.attr(SERVER).get() : null;
    }

    /** Notes the policy level of the outbound's user by whom a stream is opened; 0 where nothing is noted. */
    public static void opensAtLevel(Channel channel, int level) {
        if (level != 0) {
            channel.attr(LEVEL).set(level);
        }
    }

    /** What {@link #opensAtLevel} has noted. */
    public static int levelOf(Channel channel) {
        Integer level = channel.hasAttr(LEVEL) ? channel.attr(LEVEL).get() : null;
        return level == null ? 0 : level;
    }

    /** Has the session that uses a stream end by these times too, where they are shorter than its own. */
    public static void limitBy(Channel channel, SessionPolicy limits) {
        channel.attr(LIMITS).set(limits);
    }

    /** The times of a session that uses a stream: its own, or those of {@link #limitBy} where they are shorter. */
    public static SessionPolicy limited(Channel channel, SessionPolicy own) {
        SessionPolicy limits = channel.hasAttr(LIMITS) ? channel.attr(LIMITS).get() : null;
        return limits == null ? own : own.within(limits);
    }

    /** Notes why a channel is about to be closed or aborted, for one that tells its peer. */
    public static void endsFor(Channel channel, CloseCause cause) {
        channel.attr(REASON).set(cause);
    }

    /** What {@link #endsFor} has noted, or null. */
    public static @Nullable CloseCause reasonOf(Channel channel) {
        return channel.hasAttr(REASON) ? channel.attr(REASON).get() : null;
    }

    /**
     * Closes after everything written so far is on its way: a FIN, unless the peer's bytes lie unread. An empty buffer is what
     * waits for the rest, so every handler passes those on in order.
     */
    public static void closeGently(Channel channel) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Says that the peer of a channel does not notice a reset: {@link #abort} ends it in another way. V2Ray 4.34 as the client of
     * a plain TCP connection waits for its idle timer after one (measured); over TLS it does notice.
     */
    public static void peerIgnoresResets(Channel channel) {
        if (channel.pipeline().get(SslHandler.class) == null) {
            channel.attr(IGNORES_RESETS).set(Boolean.TRUE);
        }
    }

    /**
     * Ends a channel so that its peer sees a failure and not an end: a reset, without close_notify or any other end mark, or a
     * bare FIN to a peer of {@link #peerIgnoresResets}. Handlers above are passed by, and what is queued is lost.
     */
    public static void abort(Channel channel) {
        if (!channel.isOpen()) {
            return;
        }
        if (channel instanceof ChildChannel child) {
            child.abort();
            return;
        }
        if (channel.hasAttr(IGNORES_RESETS) && channel instanceof SocketChannel socket) {
            AbortByFin.begin(socket);
            return;
        }
        linger(channel, RESET);
        ChannelHandlerContext lowest = channel.pipeline().firstContext();
        if (lowest == null) {
            channel.close();
        } else {
            lowest.close();
        }
    }
}
