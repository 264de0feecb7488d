package io.culvert.transport.kcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.TransportSettings;
import io.culvert.config.TransportSettings.Kcp;
import io.culvert.config.TransportSettings.PacketHeader;
import io.culvert.testkit.LeakExtension;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Kept;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.TestLoop;
import io.culvert.wire.kcp.KcpPackets;
import io.culvert.wire.packet.Disguise;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Both halves over loopback sockets. */
@ExtendWith(LeakExtension.class)
class KcpTransportTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    /** How long an answer that should not come is waited for. */
    private static final int LISTENS_MILLIS = 50;

    private static Kcp settings(PacketHeader header, @Nullable String seed) {
        Kcp defaults = TransportSettings.Kcp.DEFAULT;
        return new Kcp(
                defaults.mtu(),
                defaults.ttiMillis(),
                defaults.uplinkCapacity(),
                defaults.downlinkCapacity(),
                defaults.congestion(),
                defaults.readBufferSize(),
                defaults.writeBufferSize(),
                header,
                seed);
    }

    static Stream<Kcp> everySetting() {
        return Stream.of(PacketHeader.values())
                .flatMap(header -> Stream.of(settings(header, null), settings(header, "s")));
    }

    /** Sends back what it reads. */
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.write(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }
    }

    private static void open(Channel channel, ChannelInboundHandlerAdapter last) {
        channel.pipeline().addLast(last);
        EarlyBytesHandler.openIn(channel);
        channel.config().setAutoRead(true);
    }

    private static Channel dial(TestLoop loop, Kcp settings, InetSocketAddress server) throws Exception {
        var opened = new KcpClient(settings, SocketOptions.NONE).open(server, null, loop.loop());
        return opened.get(10, TimeUnit.SECONDS);
    }

    private static InetSocketAddress listen(TestLoop loop, KcpServer server, List<Channel> accepted) throws Exception {
        return server.listen(loop.loop(), new InetSocketAddress(LOOPBACK, 0), stream -> {
                    accepted.add(stream);
                    open(stream, new Echo());
                })
                .get(10, TimeUnit.SECONDS);
    }

    private interface AfterEcho {
        void run(TestLoop loop, Channel client, Kept kept, Channel accepted) throws Exception;
    }

    /** Moves bytes there and back, then ends the session in one of two ways, which gives back the client's socket. */
    private static void echo(TestLoop.Kind kind, Kcp settings, int length, AfterEcho end) throws Exception {
        Assumptions.assumeTrue(kind.isAvailable());
        try (TestLoop loop = new TestLoop(kind)) {
            List<Channel> accepted = new CopyOnWriteArrayList<>();
            KcpServer server = new KcpServer(settings, SocketOptions.NONE, 64, new LongAdder());
            Channel client = dial(loop, settings, listen(loop, server, accepted));
            byte[] payload = Payload.of(3, length);
            Kept kept = new Kept();
            loop.call(() -> {
                open(client, kept);
                return client.writeAndFlush(Unpooled.wrappedBuffer(payload));
            });
            Await.until("the echo", () -> kept.size() == payload.length);
            assertThat(kept.received()).isEqualTo(payload);
            assertThat(accepted).hasSize(1);
            end.run(loop, client, kept, accepted.getFirst());
            Await.until(
                    "the client's socket is given back", () -> !client.parent().isOpen());
            server.shutdown(Duration.ZERO).get(10, TimeUnit.SECONDS);
        }
    }

    private static void exchange(TestLoop.Kind kind, Kcp settings, int length) throws Exception {
        echo(kind, settings, length, (loop, client, _, accepted) -> {
            loop.call(client::close);
            loop.call(accepted::close);
        });
    }

    @ParameterizedTest
    @MethodSource("everySetting")
    void everyHeaderWithAndWithoutSeed(Kcp settings) throws Exception {
        exchange(TestLoop.Kind.EPOLL, settings, 20_000);
    }

    @ParameterizedTest
    @EnumSource
    void megabytesEchoed(TestLoop.Kind kind) throws Exception {
        exchange(kind, settings(PacketHeader.NONE, null), 3 << 20);
    }

    @ParameterizedTest
    @EnumSource
    void theServersCloseReachesTheClient(TestLoop.Kind kind) throws Exception {
        echo(kind, settings(PacketHeader.NONE, null), 1, (loop, client, kept, accepted) -> {
            loop.call(accepted::close);
            Await.until("the end", () -> kept.ended() || kept.gone());
            loop.call(client::close);
        });
    }

    /** Reliability 2c.19: first packets that nobody stands behind. */
    @ParameterizedTest
    @EnumSource
    void firstPacketsOfAnAddressAreBoundedAndAnsweredByNoMoreThanTheyBrought(TestLoop.Kind kind) throws Exception {
        Assumptions.assumeTrue(kind.isAvailable());
        try (TestLoop loop = new TestLoop(kind)) {
            List<Channel> accepted = new CopyOnWriteArrayList<>();
            LongAdder refused = new LongAdder();
            KcpServer server = new KcpServer(settings(PacketHeader.NONE, null), SocketOptions.NONE, 64, refused);
            InetSocketAddress address = listen(loop, server, accepted);
            List<DatagramSocket> sockets = new ArrayList<>();
            try {
                byte[] packet = firstPacket();
                for (int i = 0; i < 2 * HalfOpenSessions.MOST_OF_ADDRESS; i++) {
                    DatagramSocket socket = new DatagramSocket(0, LOOPBACK);
                    sockets.add(socket);
                    socket.send(new DatagramPacket(packet, packet.length, address));
                }
                Await.until("some are accepted", () -> accepted.size() == HalfOpenSessions.MOST_OF_ADDRESS);
                for (DatagramSocket socket : sockets) {
                    assertThat(received(socket)).isLessThanOrEqualTo(packet.length);
                }
            } finally {
                sockets.forEach(DatagramSocket::close);
            }
            loop.settle();
            assertThat(accepted).hasSize(HalfOpenSessions.MOST_OF_ADDRESS);
            assertThat(refused.sum()).isEqualTo(HalfOpenSessions.MOST_OF_ADDRESS);
            server.shutdown(Duration.ZERO).get(10, TimeUnit.SECONDS);
        }
    }

    /** A data segment, number 0, as the reference's own client sends it. */
    private static byte[] firstPacket() {
        KcpPackets packets = new KcpPackets(Disguise.NONE, null, new Random(1));
        ByteBuf segment = Unpooled.wrappedBuffer(packets.outgoing()).writerIndex(KcpPackets.AT);
        segment.writeShort(9).writeByte(1).writeByte(0);
        segment.writeInt(0).writeInt(0).writeInt(0).writeShort(60).writeZero(60);
        ByteBuf out = Unpooled.buffer();
        packets.seal(segment.writerIndex() - KcpPackets.AT, out);
        return ByteBufUtil.getBytes(out);
    }

    private static int received(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2_048], 2_048);
        socket.setSoTimeout(LISTENS_MILLIS);
        int bytes = 0;
        try {
            while (true) {
                socket.receive(packet);
                bytes += packet.getLength();
            }
        } catch (SocketTimeoutException _) {
            return bytes;
        }
    }
}
