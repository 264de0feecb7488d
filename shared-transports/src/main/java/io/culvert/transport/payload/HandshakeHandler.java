package io.culvert.transport.payload;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a peer sends until a handshake is complete, then leaves the pipeline and passes the rest on. A subclass bounds
 * what is collected by failing in time: its codec refuses what grows beyond any valid message.
 */
public abstract class HandshakeHandler extends ChannelInboundHandlerAdapter {
    private @Nullable ByteBuf collected;
    private boolean over;

    /**
     * Goes on with the handshake.
     *
     * @param in everything received and not yet taken
     * @return true when the handshake is over, one way or the other; what is left in {@code in} is then passed on to the
     *     handler behind this one, which may have been added just now
     */
    protected abstract boolean advance(ChannelHandlerContext ctx, ByteBuf in);

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (over) {
            ctx.fireChannelRead(bytes);
            return;
        }
        step(ctx, collect(ctx, bytes));
    }

    /** Goes on after something else than bytes has come that the handshake waited for; nothing where it is over. */
    protected final void resume(ChannelHandlerContext ctx) {
        if (!over && !ctx.isRemoved()) {
            step(ctx, collected == null ? Unpooled.EMPTY_BUFFER : collected);
        }
    }

    private void step(ChannelHandlerContext ctx, ByteBuf in) {
        // Whatever advance() does to the pipeline, the bytes are this call's to pass on or to release.
        collected = null;
        boolean returned = false;
        try {
            over = advance(ctx, in);
            returned = true;
        } finally {
            if (!returned) {
                in.release();
            }
        }
        if (over) {
            if (in.isReadable()) {
                ctx.fireChannelRead(in);
            } else {
                in.release();
            }
            if (!ctx.isRemoved()) {
                ctx.pipeline().remove(this);
            }
        } else if (in.isReadable() && !ctx.isRemoved()) {
            collected = in;
        } else {
            in.release();
        }
    }

    private ByteBuf collect(ChannelHandlerContext ctx, ByteBuf bytes) {
        if (collected == null) {
            collected = bytes;
            return bytes;
        }
        ByteBuf joined = collected;
        if (joined.refCnt() > 1 || joined.isReadOnly() || joined.maxWritableBytes() < bytes.readableBytes()) {
            joined = ctx.alloc().buffer(collected.readableBytes() + bytes.readableBytes());
            joined.writeBytes(collected);
            collected.release();
        }
        joined.writeBytes(bytes);
        bytes.release();
        collected = joined;
        return joined;
    }

    /** An outbound's channel does not read by itself while it is opened. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (!over && !ctx.channel().config().isAutoRead()) {
            ctx.read();
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        over = true;
        if (collected != null) {
            collected.release();
            collected = null;
        }
        ctx.fireChannelInactive();
    }
}
