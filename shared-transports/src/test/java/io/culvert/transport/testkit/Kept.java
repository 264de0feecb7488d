package io.culvert.transport.testkit;

import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The last handler of a stream: keeps what comes. Any thread may look. */
public class Kept extends ChannelInboundHandlerAdapter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile int size;
    private volatile boolean ended;
    private volatile boolean gone;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        byte[] copy = new byte[in.readableBytes()];
        in.readBytes(copy);
        in.release();
        bytes.writeBytes(copy);
        size = bytes.size();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            ended = true;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        gone = true;
    }

    /** How many bytes have come. */
    public final int size() {
        return size;
    }

    /** What has come. */
    public final byte[] received() {
        return bytes.toByteArray();
    }

    /** The same as Latin-1. */
    public final String text() {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** Whether the input has ended in order. */
    public final boolean ended() {
        return ended;
    }

    /** Whether the channel has become inactive. */
    public final boolean gone() {
        return gone;
    }
}
