package io.culvert.launcher.cluster;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands whole frames of the event bus on to Vert.x, each with its length in front, and closes a connection that brings one which
 * {@link BusFrame} refuses. What it keeps of frames that are not whole counts on all connections together.
 */
final class BusFrameHandler extends ByteToMessageDecoder {
    static final String NAME = "bus-frames";

    private static final Logger LOG = LoggerFactory.getLogger(BusFrameHandler.class);

    private final BusGate gate;
    private int held;
    private boolean refused;
    private @Nullable String peer;

    BusFrameHandler(BusGate gate) {
        this.gate = gate;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() >= BusFrame.LENGTH_BYTES) {
            int length = in.getInt(in.readerIndex());
            if (length <= 0 || length > BusFrame.MAX_BYTES) {
                refuse(ctx, in, "a frame of " + length + " bytes");
                return;
            }
            int whole = BusFrame.LENGTH_BYTES + length;
            if (in.readableBytes() >= whole) {
                String fault = BusFrame.fault(in.slice(in.readerIndex() + BusFrame.LENGTH_BYTES, length));
                if (fault == null) {
                    if (peer == null) {
                        peer = BusTls.peerOf(ctx.pipeline().get(SslHandler.class));
                    }
                    out.add(in.readRetainedSlice(whole));
                } else {
                    refuse(ctx, in, fault);
                }
                return;
            }
        }
        if (!hold(in.readableBytes())) {
            refuse(ctx, in, "more of unfinished frames than this node keeps");
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        if (actualReadableBytes() == 0) {
            hold(0);
        }
        super.channelReadComplete(ctx);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        if (peer != null) {
            gate.lost(peer);
        }
        super.channelInactive(ctx);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        hold(0);
    }

    private boolean hold(int bytes) {
        int more = bytes - held;
        held = bytes;
        return gate.hold(more);
    }

    private void refuse(ChannelHandlerContext ctx, ByteBuf in, @Nullable String why) {
        refused = true;
        hold(0);
        gate.refused();
        in.skipBytes(in.readableBytes());
        LOG.warn("event bus: {} is cut off: {}", ctx.channel().remoteAddress(), why);
        ctx.close();
    }
}
