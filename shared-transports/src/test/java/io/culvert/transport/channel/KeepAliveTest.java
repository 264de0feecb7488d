package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.transport.link.LinkLimits;
import io.culvert.transport.raw.SessionLoops;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.SocketServer;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.testkit.TestLoop;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollSocketChannelConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the kernel is told about silent peers. */
class KeepAliveTest {
    private static final int CHOSEN_IDLE = 33;
    private static final int CHOSEN_INTERVAL = 7;

    private interface Look {
        void at(EpollSocketChannelConfig accepted, EpollSocketChannelConfig dialled, Channel channel);
    }

    private static void connected(SocketOptions options, Look look) throws Exception {
        assumeTrue(TestLoop.Kind.EPOLL.isAvailable(), "skipped: no epoll here");
        BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
        try (TestLoop loop = new TestLoop(TestLoop.Kind.EPOLL)) {
            SocketServer server = new SocketServer(new SessionLoops(loop.loop(), loop.loop()), options, accepted::add);
            InetSocketAddress address =
                    (InetSocketAddress) server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                            .get(30, TimeUnit.SECONDS)
                            .localAddress();
            Channel dialled = loop.call(() -> Sockets.connect(loop.loop(), address, null, options))
                    .sync()
                    .channel();
            EpollSocketChannel child = (EpollSocketChannel) accepted.poll(30, TimeUnit.SECONDS);
            assertThat(child).isNotNull();
            look.at(child.config(), ((EpollSocketChannel) dialled).config(), dialled);
            dialled.close().sync();
        }
    }

    @Test
    void bothEndsProbeASilentPeerEveryMinute() throws Exception {
        connected(SocketOptions.NONE, (accepted, dialled, channel) -> {
            assertThat(dialled.isKeepAlive()).as("before it is asked for").isFalse();
            KeepAlive.probe(channel);
            for (EpollSocketChannelConfig config : new EpollSocketChannelConfig[] {accepted, dialled}) {
                assertThat(config.isKeepAlive()).isTrue();
                assertThat(config.getTcpKeepIdle()).isEqualTo(60);
                assertThat(config.getTcpKeepIntvl()).isEqualTo(15);
                assertThat(config.getTcpKeepCnt()).isEqualTo(4);
            }
        });
    }

    @Test
    void whatTheConfigurationChoosesStays() throws Exception {
        SocketOptions chosen = new SocketOptions(
                new SockoptConfig(0, false, SockoptConfig.UNSET, TransparentMode.OFF, CHOSEN_IDLE, CHOSEN_INTERVAL));
        connected(chosen, (accepted, dialled, channel) -> {
            KeepAlive.probe(channel);
            for (EpollSocketChannelConfig config : new EpollSocketChannelConfig[] {accepted, dialled}) {
                assertThat(config.getTcpKeepIdle()).isEqualTo(CHOSEN_IDLE);
                assertThat(config.getTcpKeepIntvl()).isEqualTo(CHOSEN_INTERVAL);
            }
        });
    }

    @Test
    void aLinkGivesUpWhatIsNotAcknowledged() throws Exception {
        connected(SocketOptions.NONE, (_, dialled, channel) -> {
            assertThat(dialled.getTcpUserTimeout()).isZero();
            KeepAlive.giveUpAfter(channel, LinkLimits.UNACKNOWLEDGED_MILLIS);
            assertThat(dialled.getTcpUserTimeout()).isEqualTo(10_000);
        });
    }
}
