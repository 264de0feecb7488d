package io.culvert.transport.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.TestLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** UDP sockets with one peer. */
class UdpTest {
    private final List<Integer> lengths = new CopyOnWriteArrayList<>();
    private final List<Throwable> faults = new CopyOnWriteArrayList<>();

    private Channel open(TestLoop loop, InetSocketAddress peer) throws Exception {
        Channel channel = loop.call(() -> Sockets.connectUdp(
                        loop.loop(), peer, null, SocketOptions.NONE, UdpPeerHandler.initializer(peer)))
                .sync()
                .channel();
        loop.call(() -> {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    lengths.add(((ByteBuf) message).readableBytes());
                    ((ByteBuf) message).release();
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
                    faults.add(fault);
                }
            });
            EarlyBytesHandler.openIn(channel);
            ReadGate.of(channel).release(ReadGate.OPENING);
            return true;
        });
        return channel;
    }

    private static void send(Channel channel, int length) throws Exception {
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[length])).await();
    }

    @ParameterizedTest
    @EnumSource
    void eachBufferIsADatagram(TestLoop.Kind kind) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        try (TestLoop loop = new TestLoop(kind);
                DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            peer.setSoTimeout((int) Await.LONG.toMillis());
            Channel channel = open(loop, (InetSocketAddress) peer.getLocalSocketAddress());
            for (int length : new int[] {1, 1_200, 9_000, 60_000}) {
                send(channel, length);
                DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
                peer.receive(packet);
                assertThat(packet.getLength()).isEqualTo(length);
                peer.send(packet);
            }
            Await.until("all answers", () -> lengths.size() == 4);
            assertThat(lengths).containsExactly(1, 1_200, 9_000, 60_000);
            channel.writeAndFlush(StreamEnd.OUTPUT).sync();
            assertThat(channel.isActive()).isTrue();
            channel.close().sync();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDatagramThatNobodyTakesEndsNothing(TestLoop.Kind kind) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        InetSocketAddress nobody;
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            nobody = (InetSocketAddress) free.getLocalSocketAddress();
        }
        try (TestLoop loop = new TestLoop(kind)) {
            Channel channel = open(loop, nobody);
            for (int i = 0; i < 20; i++) {
                send(channel, 10);
            }
            try (DatagramSocket peer = new DatagramSocket(nobody)) {
                peer.setSoTimeout((int) Await.LONG.toMillis());
                // The first may meet the last refusal.
                send(channel, 11);
                send(channel, 11);
                DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                peer.receive(packet);
                assertThat(packet.getLength()).isEqualTo(11);
            }
            assertThat(faults).isEmpty();
            channel.close().sync();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDatagramThatIsTooLongIsLostAndEndsNothing(TestLoop.Kind kind) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        try (TestLoop loop = new TestLoop(kind);
                DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            peer.setSoTimeout((int) Await.LONG.toMillis());
            Channel channel = open(loop, (InetSocketAddress) peer.getLocalSocketAddress());
            loop.call(() -> channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[65_520]), channel.voidPromise()));
            send(channel, 5);
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            peer.receive(packet);
            assertThat(packet.getLength()).isEqualTo(5);
            assertThat(faults).isEmpty();
            assertThat(channel.isActive()).isTrue();
            channel.close().sync();
        }
    }
}
