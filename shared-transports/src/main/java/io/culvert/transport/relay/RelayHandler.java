package io.culvert.transport.relay;

import io.culvert.model.CloseCause;
import io.culvert.transport.channel.DatagramsInStream;
import io.culvert.transport.channel.DroppedDatagrams;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One side of a relay: the last handler of a channel, which moves what it reads to the other side. */
final class RelayHandler extends ChannelInboundHandlerAdapter {
    static final String NAME = "relay";

    private static final Logger LOG = LoggerFactory.getLogger(RelayHandler.class);

    private final RelayPump pump;
    private final Channel target;
    private final CloseCause resetCause;
    private final boolean datagram;
    /** Datagrams of a socket, which waits for nobody: what the other side cannot take is lost, as on any full link. */
    private boolean lossy;

    private long bytes;
    private boolean ended;

    RelayHandler(RelayPump pump, Channel target, CloseCause resetCause) {
        this.pump = pump;
        this.target = target;
        this.resetCause = resetCause;
        this.datagram = pump.isDatagram();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        lossy = datagram && ctx.pipeline().get(DatagramsInStream.class) == null;
    }

    long bytes() {
        return bytes;
    }

    boolean ended() {
        return ended;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        if (ended || pump.isClosing()) {
            buffer.release();
            return;
        }
        if (datagram && isFull() && lossy) {
            DroppedDatagrams.count(DroppedDatagrams.Reason.CONGESTED);
            buffer.release();
            return;
        }
        bytes += buffer.readableBytes();
        target.write(buffer, target.voidPromise());
    }

    /** One read of a stream may bring thousands of datagrams: the other side is full only if a flush does not help. */
    private boolean isFull() {
        if (target.isWritable()) {
            return false;
        }
        target.flush();
        return !target.isWritable();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        pump.active();
        target.flush();
        if (!lossy && !target.isWritable()) {
            ReadGate.of(ctx.channel()).hold(ReadGate.BACK_PRESSURE);
        }
    }

    /** This side can take more again: the other side may read. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            pump.active();
            ReadGate.of(target).release(ReadGate.BACK_PRESSURE);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            if (!ended) {
                ended = true;
                target.writeAndFlush(StreamEnd.OUTPUT, target.voidPromise());
                pump.inputEnded();
            }
        } else if (event instanceof CloseCause cause) {
            pump.finish(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        pump.inactive(resetCause);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        if (fault instanceof RuntimeException && !(fault instanceof DecoderException)) {
            LOG.error("fault in a session", fault);
            pump.finish(CloseCause.INTERNAL);
        } else {
            LOG.debug("session ends: {}", fault.toString());
            pump.finish(resetCause);
        }
    }
}
