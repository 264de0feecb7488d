package io.culvert.transport.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/** Keeps those of a client's first bytes that have left before the egress answered ({@link Repeatable}) from leaving again. */
final class SentAheadHandler extends ChannelOutboundHandlerAdapter {
    static final String NAME = "sent-ahead";

    private int left;

    /** @param bytes how many bytes of what is written have left already */
    SentAheadHandler(int bytes) {
        left = bytes;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof ByteBuf bytes) || left == 0) {
            ctx.write(message, promise);
            return;
        }
        int drop = Math.min(left, bytes.readableBytes());
        left -= drop;
        bytes.skipBytes(drop);
        if (bytes.isReadable()) {
            ctx.write(bytes, promise);
        } else {
            bytes.release();
            promise.trySuccess();
        }
        if (left == 0) {
            ctx.pipeline().remove(this);
        }
    }
}
