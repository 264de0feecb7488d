package io.culvert.transport.h2;

import io.culvert.wire.h2.FrameBudget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.function.LongSupplier;

/** Below the frame codec: ends a connection whose peer floods, and knows whether anything has been read. */
final class FrameBudgetHandler extends ChannelDuplexHandler {
    static final String NAME = "h2-budget";

    private final FrameBudget budget;
    private boolean flooded;
    private boolean heard;

    /**
     * @param skip bytes in front of the first frame
     * @param nanoTime the clock, in nanoseconds
     */
    FrameBudgetHandler(int skip, LongSupplier nanoTime) {
        this.budget = new FrameBudget(skip, nanoTime);
    }

    /** Whether anything was read since this was asked last. */
    boolean takeHeard() {
        boolean since = heard;
        heard = false;
        return since;
    }

    /** Takes a token for a frame that was read in vain; false when the peer floods. */
    boolean spend() {
        return budget.spend();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        heard = true;
        if (flooded) {
            in.release();
        } else if (budget.received(in)) {
            ctx.fireChannelRead(in);
        } else {
            flooded = true;
            in.release();
            // The frame codec answers with GOAWAY and closes.
            ctx.fireExceptionCaught(
                    Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "frames without payload"));
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf out) {
            budget.sent(out.readableBytes());
        }
        ctx.write(message, promise);
    }
}
