package io.culvert.transport.channel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;

/**
 * Gathers the small segments of a bulk flow (performance, "Small segments"): V2Ray writes 2 KiB at a time, and a receiver
 * that reads each as it comes pays a wake-up and a system call for each. When a flow is in bulk and a read brought little,
 * reading pauses for {@link #PAUSE_MICROS}, so that the kernel collects what follows into one read. A request and its answer
 * never get there: their average stays low.
 */
public final class GatherHandler extends ChannelInboundHandlerAdapter {
    public static final String NAME = "gather";

    /** How long a pause is. Danger: longer ones cap a flow at receive buffer / pause. */
    static final long PAUSE_MICROS = 100;
    /** A flow is in bulk while its reads average more than this many bytes. */
    static final int BULK_BYTES = 8 * 1024;
    /** A read of at least this many bytes is worth its system call. */
    static final int ENOUGH_BYTES = 16 * 1024;

    private static final int AVERAGE_SHIFT = 3;

    private int average;
    private int read;
    private boolean pausing;
    private boolean ended;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            read += bytes.readableBytes();
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        int brought = read;
        read = 0;
        if (brought > 0) {
            average += (brought - average) >> AVERAGE_SHIFT;
            if (average > BULK_BYTES && brought < ENOUGH_BYTES && !pausing && !ended) {
                pause(ctx);
            }
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            ended = true;
        }
        ctx.fireUserEventTriggered(event);
    }

    private void pause(ChannelHandlerContext ctx) {
        pausing = true;
        ReadGate gate = ReadGate.of(ctx.channel());
        gate.hold(ReadGate.GATHERING);
        ctx.executor()
                .schedule(
                        () -> {
                            pausing = false;
                            gate.release(ReadGate.GATHERING);
                        },
                        PAUSE_MICROS,
                        TimeUnit.MICROSECONDS);
    }
}
