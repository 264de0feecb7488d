package io.culvert.transport.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;

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
            if (message instanceof ByteBuf late && late.isReadable() && isShutDown(ctx)) {
                late.release();
                promise.tryFailure(new ClosedChannelException());
            } else {
                ctx.write(message, promise);
            }
            return;
        }
        // A FIN overtakes whatever is still queued, so it has to wait for the queue.
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) flushed -> {
            if (flushed.isSuccess()
                    && flushed.channel() instanceof DuplexChannel duplex
                    && !duplex.isOutputShutdown()) {
                shutDown(duplex);
            }
        });
        promise.trySuccess();
    }

    private static boolean isShutDown(ChannelHandlerContext ctx) {
        return ctx.channel() instanceof DuplexChannel duplex && duplex.isOutputShutdown();
    }

    /**
     * Netty's own makes an exception, with its stack, for what may be queued, of which there is nothing: a tenth of what a short
     * session costs. So where the socket can be had it is told directly.
     */
    private static void shutDown(DuplexChannel channel) {
        if (channel instanceof UnixChannel unix && unix.fd() instanceof Socket socket) {
            try {
                socket.shutdown(false, true);
            } catch (IOException | NotYetConnectedException _) {
                // The peer has reset it, which its reader hears.
            }
        } else {
            channel.shutdownOutput();
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        Channels.closesInOrder(ctx.channel());
        ctx.close(promise);
    }
}
