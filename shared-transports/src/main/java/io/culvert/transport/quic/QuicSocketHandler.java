package io.culvert.transport.quic;

import io.culvert.wire.packet.DisguiseHeader;
import io.culvert.wire.packet.PacketSeal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The lowest handler of a UDP socket that carries QUIC: takes disguise and seal off what arrives, puts them around what
 * leaves, and tells the streams when a turn's datagrams have all been taken, so that each passes on what it got in one piece.
 */
final class QuicSocketHandler extends ChannelDuplexHandler {
    private final DisguiseHeader header;
    private final @Nullable PacketSeal seal;
    private final boolean plain;
    private final Deque<QuicStream> touched = new ArrayDeque<>();

    QuicSocketHandler(DisguiseHeader header, @Nullable PacketSeal seal) {
        this.header = header;
        this.seal = seal;
        this.plain = header.size() == 0 && seal == null;
    }

    /** A stream has something to read at the end of this turn. */
    void touch(QuicStream stream) {
        touched.add(stream);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        DatagramPacket packet = (DatagramPacket) message;
        if (plain || unwrap(packet.content())) {
            ctx.fireChannelRead(packet);
        } else {
            packet.release();
        }
    }

    private boolean unwrap(ByteBuf packet) {
        if (packet.readableBytes() <= header.size()) {
            return false;
        }
        packet.skipBytes(header.size());
        return seal == null || seal.open(packet);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        for (QuicStream stream = touched.poll(); stream != null; stream = touched.poll()) {
            stream.turnOver();
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (plain) {
            ctx.write(message, promise);
        } else if (message instanceof SegmentedDatagramPacket packet) {
            ctx.write(wrap(ctx, packet), promise);
        } else {
            ctx.write(wrap(ctx, (DatagramPacket) message), promise);
        }
    }

    private DatagramPacket wrap(ChannelHandlerContext ctx, DatagramPacket packet) {
        ByteBuf bare = packet.content();
        int length = bare.readableBytes();
        ByteBuf wrapped = ctx.alloc().directBuffer(length + overhead());
        wrap(bare, length, wrapped);
        DatagramPacket result = new DatagramPacket(wrapped, packet.recipient());
        packet.release();
        return result;
    }

    /** Several datagrams of one size, the last perhaps shorter, that leave in one system call. */
    private SegmentedDatagramPacket wrap(ChannelHandlerContext ctx, SegmentedDatagramPacket packet) {
        ByteBuf bare = packet.content();
        int segment = packet.segmentSize();
        int segments = (bare.readableBytes() + segment - 1) / segment;
        ByteBuf wrapped = ctx.alloc().directBuffer(bare.readableBytes() + segments * overhead());
        while (bare.isReadable()) {
            wrap(bare, Math.min(segment, bare.readableBytes()), wrapped);
        }
        SegmentedDatagramPacket result = new SegmentedDatagramPacket(wrapped, segment + overhead(), packet.recipient());
        packet.release();
        return result;
    }

    private void wrap(ByteBuf bare, int length, ByteBuf out) {
        header.write(out);
        if (seal == null) {
            out.writeBytes(bare, length);
        } else {
            seal.seal(bare, length, out);
        }
    }

    private int overhead() {
        return header.size() + (seal == null ? 0 : PacketSeal.OVERHEAD);
    }
}
