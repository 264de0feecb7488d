package io.culvert.transport.httpdisguise;

import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/** Puts a header in front of the first write, in one piece with it: a 4.34 peer takes it only so. */
abstract class DisguiseWriter extends ChannelOutboundHandlerAdapter {
    /** What a header may need, in bytes; its buffer grows where that is too little. */
    private static final int HEADER_ROOM = 512;
    /** A first write up to this length is copied behind the header, so that both are one segment or record. */
    private static final int JOINED = 16 * 1024;

    /** Writes the header. */
    protected abstract void writeHeader(ByteBuf out);

    @Override
    public final void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf payload && payload.isReadable()) {
            boolean joined = payload.readableBytes() <= JOINED;
            ByteBuf header = header(ctx, joined ? payload.readableBytes() : 0);
            if (joined) {
                header.writeBytes(payload);
                payload.release();
                ctx.write(header, promise);
            } else {
                ctx.write(header, ctx.voidPromise());
                ctx.write(payload, promise);
            }
            ctx.pipeline().remove(this);
        } else if (message == StreamEnd.OUTPUT) {
            ctx.write(header(ctx, 0), ctx.voidPromise());
            ctx.write(message, promise);
            ctx.pipeline().remove(this);
        } else {
            ctx.write(message, promise);
        }
    }

    private ByteBuf header(ChannelHandlerContext ctx, int behind) {
        ByteBuf out = ctx.alloc().directBuffer(HEADER_ROOM + behind);
        writeHeader(out);
        return out;
    }
}
