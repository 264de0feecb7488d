package io.culvert.transport.raw;

import io.culvert.transport.channel.SystemCalls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.UncheckedBooleanSupplier;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Where the datagrams of an IPv6 socket were sent before the firewall led them here. Netty reads that of IPv4 only, so the control
 * message is looked at by a call of its own right before Netty takes the datagram that it belongs to: only the socket's event loop
 * reads it, and what is peeked at stays the first in the queue. One more system call for each datagram of such a socket.
 */
@SuppressWarnings("deprecation") // Netty's own sockets still ask for the kind of handle that it calls deprecated
final class DatagramDestinations extends ChannelInboundHandlerAdapter {
    private static final String NAME = "datagram-destinations";

    private static final int SOL_IP = 0;
    private static final int SOL_IPV6 = 41;
    private static final int IP_ORIGDSTADDR = 20;
    private static final int IPV6_ORIGDSTADDR = 74;
    /** MSG_PEEK and MSG_DONTWAIT. */
    private static final int PEEK = 0x2 | 0x40;

    /** {@code struct msghdr} of 64-bit systems. */
    private static final int HEADER_BYTES = 56;

    private static final int CONTROL_AT = 32;
    private static final int CONTROL_LENGTH_AT = 40;
    private static final int CONTROL_BYTES = 256;
    /** {@code struct cmsghdr}: length, level, type. */
    private static final int LEVEL_AT = 8;

    private static final int TYPE_AT = 12;
    private static final int DATA_AT = 16;
    private static final int PORT_AT = 2;
    private static final int V4_AT = 4;
    private static final int V4_BYTES = 4;
    private static final int V6_AT = 8;
    private static final int V6_BYTES = 16;

    private static final ValueLayout.OfShort PORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final MethodHandle RECVMSG = SystemCalls.function(
            "recvmsg",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private final int descriptor;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment state = arena.allocate(SystemCalls.STATE);
    private final MemorySegment header = arena.allocate(HEADER_BYTES, Long.BYTES);
    private final MemorySegment control = arena.allocate(CONTROL_BYTES, Long.BYTES);
    private @Nullable InetSocketAddress next;

    private DatagramDestinations(int descriptor) {
        this.descriptor = descriptor;
        header.set(ValueLayout.ADDRESS, CONTROL_AT, control);
    }

    /** Has the packets that a socket reads say where they were sent. Called on its loop, before it is bound. */
    static void installIn(EpollDatagramChannel socket) {
        DatagramDestinations destinations = new DatagramDestinations(socket.fd().intValue());
        RecvByteBufAllocator usual = DatagramReads.allocator();
        socket.config().setRecvByteBufAllocator((RecvByteBufAllocator) () -> destinations.peekingBefore(usual));
        socket.pipeline().addFirst(NAME, destinations);
    }

    private RecvByteBufAllocator.Handle peekingBefore(RecvByteBufAllocator usual) {
        return new Peeking((RecvByteBufAllocator.ExtendedHandle) usual.newHandle());
    }

    /** Netty asks for a buffer right before each read. */
    private final class Peeking extends RecvByteBufAllocator.DelegatingHandle
            implements RecvByteBufAllocator.ExtendedHandle {
        private final RecvByteBufAllocator.ExtendedHandle usual;

        Peeking(RecvByteBufAllocator.ExtendedHandle usual) {
            super(usual);
            this.usual = usual;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            next = peek();
            return usual.allocate(allocator);
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            return usual.continueReading(maybeMore);
        }
    }

    private @Nullable InetSocketAddress peek() {
        header.set(ValueLayout.JAVA_LONG, CONTROL_LENGTH_AT, CONTROL_BYTES);
        try {
            long read = (long) RECVMSG.invokeExact(state, descriptor, header, PEEK);
            return read < 0 ? null : destination(header.get(ValueLayout.JAVA_LONG, CONTROL_LENGTH_AT));
        } catch (Throwable e) {
            throw new LinkageError("recvmsg", e);
        }
    }

    private @Nullable InetSocketAddress destination(long controlBytes) throws UnknownHostException {
        long at = 0;
        while (at + DATA_AT <= controlBytes) {
            long length = control.get(ValueLayout.JAVA_LONG, at);
            if (length < DATA_AT) {
                return null;
            }
            int level = control.get(ValueLayout.JAVA_INT, at + LEVEL_AT);
            int type = control.get(ValueLayout.JAVA_INT, at + TYPE_AT);
            if (level == SOL_IPV6 && type == IPV6_ORIGDSTADDR) {
                return address(at + DATA_AT, V6_AT, V6_BYTES);
            }
            if (level == SOL_IP && type == IP_ORIGDSTADDR) {
                return address(at + DATA_AT, V4_AT, V4_BYTES);
            }
            at += (length + Long.BYTES - 1) & -Long.BYTES;
        }
        return null;
    }

    private InetSocketAddress address(long at, int addressAt, int length) throws UnknownHostException {
        byte[] address = new byte[length];
        MemorySegment.copy(control, ValueLayout.JAVA_BYTE, at + addressAt, address, 0, length);
        int port = Short.toUnsignedInt(control.get(PORT, at + PORT_AT));
        return new InetSocketAddress(InetAddress.getByAddress(address), port);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        InetSocketAddress meant = next;
        next = null;
        DatagramPacket packet = (DatagramPacket) message;
        ctx.fireChannelRead(meant == null ? packet : new DatagramPacket(packet.content(), meant, packet.sender()));
    }
}
