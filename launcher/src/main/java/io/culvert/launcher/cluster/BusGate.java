package io.culvert.launcher.cluster;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Stands in front of the event bus's server: sees every connection that its listening socket accepts, before Vert.x does, and
 * puts a {@link BusFrameHandler} between TLS and Vert.x. Shared by all listening sockets of a node; those of others are left
 * alone. Safe for all event loops.
 */
@ChannelHandler.Sharable
final class BusGate extends ChannelInboundHandlerAdapter {
    /** The most connections at once; every node needs one. */
    static final int MAX_CONNECTIONS = 2 * NodeDirectory.MAX_NODES;

    /** The most bytes of unfinished frames, of all connections together. */
    static final long MAX_HELD = 8L * BusFrame.MAX_BYTES;

    private final InetSocketAddress bus;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong held = new AtomicLong();
    private final LongAdder refused = new LongAdder();
    private final ChannelHandler entry = new Entry();
    private volatile Consumer<String> losses = _ -> {};

    /** @param bus where the event bus listens */
    BusGate(InetSocketAddress bus) {
        this.bus = bus;
    }

    /** Connections that were cut off. */
    long refusals() {
        return refused.sum();
    }

    /** Bytes of unfinished frames. */
    long heldBytes() {
        return held.get();
    }

    /** Tells the name of the node whose connection has ended, on the event loop of the bus. */
    void onLost(Consumer<String> listener) {
        losses = listener;
    }

    void lost(String node) {
        losses.accept(node);
    }

    void refused() {
        refused.increment();
    }

    /** Takes note of more or fewer bytes that are kept; false where that is too much. */
    boolean hold(int more) {
        return held.addAndGet(more) <= MAX_HELD;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        if (accepted instanceof Channel connection && bus.equals(ctx.channel().localAddress())) {
            if (connections.incrementAndGet() > MAX_CONNECTIONS) {
                connections.decrementAndGet();
                refused.increment();
                connection.unsafe().closeForcibly();
                return;
            }
            connection.closeFuture().addListener(_ -> connections.decrementAndGet());
            connection.pipeline().addLast(entry);
        }
        ctx.fireChannelRead(accepted);
    }

    /** Until the first bytes come: by then Vert.x has put TLS behind it. */
    @ChannelHandler.Sharable
    private final class Entry extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ChannelHandlerContext tls = ctx.pipeline().context(SslHandler.class);
            String above = (tls == null ? ctx : tls).name();
            ctx.pipeline().addAfter(above, BusFrameHandler.NAME, new BusFrameHandler(BusGate.this));
            ctx.fireChannelRead(message);
            ctx.pipeline().remove(this);
        }
    }
}
