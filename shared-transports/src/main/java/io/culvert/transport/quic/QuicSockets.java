package io.culvert.transport.quic;

import io.culvert.transport.raw.Sockets;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.FlushStrategy;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.util.concurrent.TimeUnit;

/** What the sockets and connections of both sides have in common. */
final class QuicSockets {
    private static final int LEAST_READ = 2 * 1024;
    private static final int FIRST_READ = 4 * 1024;
    private static final int MOST_READ = 128 * 1024;

    private QuicSockets() {}

    /** Whether several sockets can share a port and its clients, each loop with one of its own. */
    static boolean canShare(EventLoop loop) {
        return Sockets.datagramType(loop) == EpollDatagramChannel.class;
    }

    /** A socket that reads many datagrams with one system call where the platform can. */
    static Bootstrap bootstrap(EventLoop loop, boolean shared, ChannelHandler handler) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(Sockets.datagramType(loop))
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.SO_RCVBUF, QuicLimits.SOCKET_BUFFER)
                .option(ChannelOption.SO_SNDBUF, QuicLimits.SOCKET_BUFFER)
                .handler(handler);
        if (canShare(loop)) {
            return bootstrap
                    .option(UnixChannelOption.SO_REUSEPORT, shared)
                    .option(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, QuicLimits.MOST_RECEIVED)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, reads(QuicLimits.READ_AT_ONCE));
        }
        return bootstrap.option(ChannelOption.RECVBUF_ALLOCATOR, reads(1));
    }

    private static RecvByteBufAllocator reads(int atOnce) {
        return new FixedRecvByteBufAllocator(atOnce * QuicLimits.MOST_RECEIVED)
                .maxMessagesPerRead(QuicLimits.READ_PER_TURN);
    }

    /** How a stream reads: one buffer at a time, as large as the flow asks for. */
    static RecvByteBufAllocator streamReads() {
        return new AdaptiveRecvByteBufAllocator(LEAST_READ, FIRST_READ, MOST_READ).maxMessagesPerRead(1);
    }

    /** Sends many datagrams to one peer with one system call where the platform can (UDP GSO). */
    static SegmentedDatagramPacketAllocator segments(EventLoop loop) {
        return canShare(loop)
                ? EpollQuicUtils.newSegmentedAllocator(QuicLimits.SEND_AT_ONCE)
                : SegmentedDatagramPacketAllocator.NONE;
    }

    /** What both sides tell each other, and how they send. */
    static <B extends QuicCodecBuilder<B>> B configure(B builder, int overhead, long idleMillis, int streams) {
        return builder.localConnectionIdLength(QuicLimits.CONNECTION_ID_BYTES)
                .maxIdleTimeout(idleMillis, TimeUnit.MILLISECONDS)
                .maxSendUdpPayloadSize(QuicLimits.MOST_SENT - overhead)
                .maxRecvUdpPayloadSize(QuicLimits.MOST_RECEIVED - overhead)
                .discoverPmtu(true)
                .initialMaxData(QuicLimits.CONNECTION_WINDOW)
                .initialMaxStreamDataBidirectionalLocal(QuicLimits.STREAM_WINDOW)
                .initialMaxStreamDataBidirectionalRemote(QuicLimits.STREAM_WINDOW)
                .initialMaxStreamsBidirectional(streams)
                .initialMaxStreamsUnidirectional(0)
                .activeMigration(false)
                .flushStrategy(FlushStrategy.afterNumBytes(QuicLimits.SEND_AT_ONCE * QuicLimits.MOST_SENT));
    }
}
