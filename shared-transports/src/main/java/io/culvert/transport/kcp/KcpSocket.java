package io.culvert.transport.kcp;

import io.culvert.wire.kcp.KcpPackets;
import io.culvert.wire.kcp.KcpSession;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.SegmentedDatagramPacket;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket with what its sessions share: the packets' codec and the clock. Packets to one peer leave in one system call, as
 * segments of one buffer where the kernel can cut it (UDP_SEGMENT), else several in one call (sendmmsg).
 */
final class KcpSocket {
    /** Packets read in one system call (recvmmsg). */
    private static final int READ_TOGETHER = 32;
    /** Bytes that one segmented buffer holds at most, less than the 64 KiB of a datagram. */
    private static final int MOST_SEGMENTED = 60_000;
    /** The kernel's limit of segments is 64. */
    private static final int MOST_SEGMENTS = 44;
    /** Asked of the kernel for bursts; it gives what its limits allow. */
    private static final int SOCKET_BUFFER = 4 * 1024 * 1024;

    // Linux's numbers of what a kernel says that cannot cut.
    private static final int EIO = 5;

    private static final int EINVAL = 22;
    private static final int EMSGSIZE = 90;

    private final Channel channel;
    private final KcpPackets packets;
    private boolean segmenting;
    private final long started = System.nanoTime();

    private @Nullable ByteBuf pending;
    private @Nullable InetSocketAddress pendingTo;
    private int pendingSize;
    private int pendingCount;

    KcpSocket(Channel channel, KcpPackets packets) {
        this.channel = channel;
        this.packets = packets;
        this.segmenting =
                channel instanceof EpollDatagramChannel && EpollDatagramChannel.isSegmentedDatagramPacketSupported();
    }

    /** Options of a socket of either side, before anything is read. */
    static void configure(Channel channel) {
        channel.config().setOption(ChannelOption.SO_RCVBUF, SOCKET_BUFFER);
        channel.config().setOption(ChannelOption.SO_SNDBUF, SOCKET_BUFFER);
        if (channel instanceof EpollDatagramChannel) {
            channel.config().setOption(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, KcpPackets.MOST_BYTES);
            channel.config()
                    .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(READ_TOGETHER * KcpPackets.MOST_BYTES)
                            .maxMessagesPerRead(4 * READ_TOGETHER));
        } else {
            channel.config()
                    .setRecvByteBufAllocator(
                            new FixedRecvByteBufAllocator(KcpPackets.MOST_BYTES).maxMessagesPerRead(READ_TOGETHER));
        }
    }

    Channel channel() {
        return channel;
    }

    KcpPackets packets() {
        return packets;
    }

    /** Milliseconds since some time. */
    long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
    }

    /** Sends everything that a session has for now; whether there was anything. {@link #flush} lets it leave. */
    boolean pump(KcpSession session, InetSocketAddress to, long now) {
        boolean any = false;
        for (int length = session.poll(packets.outgoing(), KcpPackets.AT, now);
                length > 0;
                length = session.poll(packets.outgoing(), KcpPackets.AT, now)) {
            add(length, to);
            any = true;
        }
        finish();
        return any;
    }

    /**
     * A system call on the socket has failed. Where it may be that this path or network card cannot have packets cut by the kernel,
     * they are no longer; what was lost is sent again.
     */
    void failed(Throwable fault) {
        if (fault instanceof Errors.NativeIoException failed) {
            int number = Math.abs(failed.expectedErr());
            if (number == EIO || number == EINVAL || number == EMSGSIZE) {
                segmenting = false;
            }
        }
    }

    void flush() {
        channel.flush();
    }

    private void add(int length, InetSocketAddress to) {
        if (!segmenting) {
            ByteBuf packet = channel.alloc().directBuffer(KcpPackets.MOST_BYTES);
            packets.seal(length, packet);
            write(packet, to);
            return;
        }
        ByteBuf out = pending;
        if (out == null) {
            out = channel.alloc().directBuffer(KcpPackets.MOST_BYTES, MOST_SEGMENTED + KcpPackets.MOST_BYTES);
        }
        int before = out.readableBytes();
        packets.seal(length, out);
        int size = out.readableBytes() - before;
        if (pendingCount > 0 && size > pendingSize) {
            // A segment may be shorter than those before it, which makes it the last one, and never longer.
            ByteBuf longer =
                    channel.alloc().directBuffer(KcpPackets.MOST_BYTES, MOST_SEGMENTED + KcpPackets.MOST_BYTES);
            longer.writeBytes(out, before, size);
            out.writerIndex(before);
            finish();
            out = longer;
        }
        pending = out;
        pendingTo = to;
        if (pendingCount == 0) {
            pendingSize = size;
        }
        pendingCount++;
        if (size < pendingSize || pendingCount == MOST_SEGMENTS || out.readableBytes() > MOST_SEGMENTED - pendingSize) {
            finish();
        }
    }

    private void finish() {
        ByteBuf out = pending;
        InetSocketAddress to = pendingTo;
        if (out == null || to == null) {
            return;
        }
        pending = null;
        if (pendingCount == 1) {
            write(out, to);
        } else {
            channel.write(new SegmentedDatagramPacket(out, pendingSize, to), channel.voidPromise());
        }
        pendingCount = 0;
    }

    private void write(ByteBuf packet, InetSocketAddress to) {
        channel.write(new DatagramPacket(packet, to), channel.voidPromise());
    }
}
