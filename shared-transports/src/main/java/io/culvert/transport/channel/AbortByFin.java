package io.culvert.transport.channel;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The failure of a session for a peer that does not notice a reset: a FIN in the middle of its stream. The channel is then read
 * and forgotten until the peer ends too, since closing on unread bytes would make a reset of it after all.
 */
final class AbortByFin extends ChannelInboundHandlerAdapter {
    private static final String NAME = "abort-by-fin";

    /** A peer that has not ended by then is reset. */
    private static final long WAIT_MILLIS = 5_000;

    private @Nullable Future<?> limit;

    private AbortByFin() {}

    /** Does nothing to a channel that ends this way already. */
    static void begin(SocketChannel channel) {
        if (channel.pipeline().get(NAME) != null) {
            return;
        }
        AbortByFin handler = new AbortByFin();
        channel.pipeline().addFirst(NAME, handler);
        if (!channel.isOutputShutdown()) {
            // What is queued is dropped by this, whole or in half.
            channel.shutdownOutput();
        }
        if (channel.isInputShutdown()) {
            channel.pipeline().context(NAME).close();
            return;
        }
        handler.limit = channel.eventLoop()
                .schedule(() -> channel.pipeline().context(NAME).close(), WAIT_MILLIS, TimeUnit.MILLISECONDS);
        ReadGate.of(channel).release(ReadGate.BACK_PRESSURE | ReadGate.GATHERING | ReadGate.OPENING | ReadGate.CHILD);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // Nothing was read.
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        // Nothing is written any more.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (limit != null) {
            limit.cancel(false);
        }
        ctx.fireChannelInactive();
    }
}
