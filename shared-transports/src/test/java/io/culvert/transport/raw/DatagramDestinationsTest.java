package io.culvert.transport.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.TestLoop;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Where the datagrams of a socket of both families were sent, in the order in which they came. */
class DatagramDestinationsTest {
    private static final InetAddress FOUR = InetAddress.ofLiteral("127.0.0.7");
    private static final InetAddress SIX = InetAddress.ofLiteral("::1");

    private final List<String> heard = new CopyOnWriteArrayList<>();

    @Test
    void bothFamilies() throws Exception {
        assumeTrue(TestLoop.Kind.EPOLL.isAvailable(), "skipped: no epoll here");
        assumeTrue(NetworkInterface.getByInetAddress(SIX) != null, "skipped: no IPv6 here");
        InetSocketAddress everywhere = new InetSocketAddress(InetAddress.ofLiteral("::"), 0);
        try (TestLoop loop = new TestLoop(TestLoop.Kind.EPOLL);
                DatagramSocket client = new DatagramSocket(new InetSocketAddress("::", 0))) {
            Channel listener = loop.call(() -> Sockets.bindUdp(
                            loop.loop(),
                            everywhere,
                            opening -> SocketOptions.NONE.applyToDatagramListener(opening, everywhere, true),
                            new Hears()))
                    .sync()
                    .channel();
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                InetAddress to = i % 3 == 0 ? FOUR : SIX;
                byte[] bytes = new byte[i + 1];
                client.send(new java.net.DatagramPacket(bytes, bytes.length, new InetSocketAddress(to, port)));
                sent.add(bytes.length + " to " + to.getHostAddress() + " " + port);
            }
            Await.until("all have come", () -> heard.size() == sent.size());
            assertThat(heard).containsExactlyElementsOf(sent);
            listener.close().sync();
        }
    }

    private final class Hears extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            heard.add(packet.content().readableBytes() + " to "
                    + packet.recipient().getAddress().getHostAddress() + " "
                    + packet.recipient().getPort());
            packet.release();
        }
    }
}
