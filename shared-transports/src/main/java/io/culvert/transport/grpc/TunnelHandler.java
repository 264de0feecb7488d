package io.culvert.transport.grpc;

import io.culvert.model.CloseCause;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.wire.grpc.TunnelDecoder;
import io.culvert.wire.grpc.TunnelEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/** gRPC's messages on a stream: payload above, messages below. */
final class TunnelHandler extends ChannelDuplexHandler {
    static final String NAME = "grpc-tunnel";

    /** What is written at once goes into messages of at most this many bytes. */
    private static final int MAX_WRITTEN = 64 * 1024;

    private final TunnelDecoder decoder = new TunnelDecoder();
    private boolean failed;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            ByteBuf piece = decoder.next(in);
            while (piece != null) {
                ctx.fireChannelRead(piece);
                piece = decoder.next(in);
            }
        } finally {
            in.release();
        }
        if (decoder.malformed() && !failed) {
            failed = true;
            ctx.fireUserEventTriggered(CloseCause.MALFORMED);
            ctx.close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        boolean cut = event == StreamEnd.INPUT && !decoder.atBoundary();
        ctx.fireUserEventTriggered(cut ? CloseCause.TRUNCATED : event);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof ByteBuf payload) || !payload.isReadable()) {
            ctx.write(message, promise);
            return;
        }
        while (payload.readableBytes() > MAX_WRITTEN) {
            head(ctx, MAX_WRITTEN);
            ctx.write(payload.readRetainedSlice(MAX_WRITTEN), ctx.voidPromise());
        }
        head(ctx, payload.readableBytes());
        ctx.write(payload, promise);
    }

    /** Goes out in one DATA frame with what is written next: frames of a stream are joined while they wait. */
    private static void head(ChannelHandlerContext ctx, int length) {
        ByteBuf head = ctx.alloc().directBuffer(TunnelEncoder.MAX_HEAD);
        TunnelEncoder.head(length, head);
        ctx.write(head, ctx.voidPromise());
    }
}
