package io.culvert.transport.channel;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;

/**
 * The lowest handler of a socket: a FIN read becomes {@link StreamEnd#INPUT}, a {@link StreamEnd#OUTPUT} written becomes a
 * FIN once everything before it is on its way, and a close is one in order. {@link Channels#abort} passes it by.
 */
@Sharable
public final class HalfCloseHandler extends ChannelDuplexHandler {
    public static final String NAME = "half-close";
    public static final HalfCloseHandler INSTANCE = new HalfCloseHandler();

    private HalfCloseHandler() {}

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(StreamEnd.INPUT);
        } else if (event != ChannelInputShutdownReadComplete.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message != StreamEnd.OUTPUT) {
            ctx.write(message, promise);
            return;
        }
        // shutdownOutput() fails whatever is still queued, so it has to wait for the queue.
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) flushed -> {
            if (flushed.isSuccess()
                    && flushed.channel() instanceof DuplexChannel duplex
                    && !duplex.isOutputShutdown()) {
                duplex.shutdownOutput();
            }
        });
        promise.trySuccess();
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        Channels.closesInOrder(ctx.channel());
        ctx.close(promise);
    }
}
