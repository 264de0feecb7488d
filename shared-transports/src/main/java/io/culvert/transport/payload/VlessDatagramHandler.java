package io.culvert.transport.payload;

import io.culvert.transport.channel.DatagramsInStream;
import io.culvert.transport.channel.DroppedDatagrams;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.wire.vless.VlessDatagrams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/** Datagrams in a VLESS stream (wire-formats section 4.2). Above it each buffer is one datagram. */
public final class VlessDatagramHandler extends ChannelDuplexHandler implements DatagramsInStream {
    public static final String NAME = "vless-datagrams";

    private @Nullable ByteBuf partial;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        ByteBuf begun = partial;
        if (begun != null) {
            partial = null;
            begun.writeBytes(in);
            in.release();
            in = begun;
        }
        boolean any = false;
        for (ByteBuf datagram = VlessDatagrams.read(in); datagram != null; datagram = VlessDatagrams.read(in)) {
            any = true;
            ctx.fireChannelRead(datagram);
        }
        if (begun != null && !any && in.isReadable()) {
            partial = in;
            return;
        }
        if (in.isReadable()) {
            // At most one datagram and its length; a buffer of its own, so that a few bytes do not pin a large read.
            partial = ctx.alloc().buffer(in.readableBytes()).writeBytes(in);
        }
        in.release();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message == StreamEnd.OUTPUT) {
            ctx.write(message, promise);
            return;
        }
        ByteBuf datagram = (ByteBuf) message;
        if (!datagram.isReadable()) {
            ctx.write(datagram, promise);
            return;
        }
        if (!VlessDatagrams.fits(datagram.readableBytes())) {
            DroppedDatagrams.count(DroppedDatagrams.Reason.TOO_LONG);
            datagram.release();
            promise.trySuccess();
            return;
        }
        ByteBuf header = ctx.alloc().buffer(VlessDatagrams.HEADER_LENGTH);
        VlessDatagrams.writeHeader(header, datagram.readableBytes());
        ctx.write(header, ctx.voidPromise());
        ctx.write(datagram, promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }
}
