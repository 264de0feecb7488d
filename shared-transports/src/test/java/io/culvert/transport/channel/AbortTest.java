package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How the peer of a socket learns that its session has failed. */
class AbortTest {
    private interface Play {
        void run(TestLoop loop, Channel channel, Peer peer) throws Exception;
    }

    private static void connected(TestLoop.Kind kind, Play play) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        try (TestLoop loop = new TestLoop(kind);
                ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var connected = loop.call(() -> Sockets.connect(
                    loop.loop(), (InetSocketAddress) listener.getLocalSocketAddress(), null, SocketOptions.NONE));
            try (Peer peer = Peer.of(listener.accept())) {
                play.run(loop, connected.sync().channel(), peer);
            }
        }
    }

    private static void abort(TestLoop loop, Channel channel) throws Exception {
        loop.call(() -> {
            Channels.abort(channel);
            return true;
        });
    }

    @ParameterizedTest
    @EnumSource
    void isAReset(TestLoop.Kind kind) throws Exception {
        connected(kind, (loop, channel, peer) -> {
            abort(loop, channel);
            assertThat(channel.isOpen()).isFalse();
            assertThat(peer.readToEnd().clean()).isFalse();
        });
    }

    @ParameterizedTest
    @EnumSource
    void isAFinToAPeerThatIgnoresResetsEvenWhileItSends(TestLoop.Kind kind) throws Exception {
        connected(kind, (loop, channel, peer) -> {
            Channels.peerIgnoresResets(channel);
            peer.send(new byte[50_000]);
            abort(loop, channel);
            peer.send(new byte[500_000]);
            Peer.Ending ending = peer.readToEnd();
            assertThat(ending.clean()).isTrue();
            assertThat(ending.bytes()).isEmpty();
            assertThat(channel.isOpen()).isTrue();
            peer.finish();
            Await.until("the channel closes with its peer", () -> !channel.isOpen());
        });
    }

    @ParameterizedTest
    @EnumSource
    void closesAtOnceWhereThePeerHasEndedAlready(TestLoop.Kind kind) throws Exception {
        connected(kind, (loop, channel, peer) -> {
            Channels.peerIgnoresResets(channel);
            loop.call(() -> {
                ReadGate.of(channel).release(ReadGate.OPENING);
                return true;
            });
            peer.finish();
            Await.until("the end has been read", () -> ((SocketChannel) channel).isInputShutdown());
            abort(loop, channel);
            assertThat(channel.isOpen()).isFalse();
            assertThat(peer.readToEnd().clean()).isTrue();
        });
    }

    @ParameterizedTest
    @EnumSource
    void twiceIsOnce(TestLoop.Kind kind) throws Exception {
        connected(kind, (loop, channel, peer) -> {
            Channels.peerIgnoresResets(channel);
            abort(loop, channel);
            abort(loop, channel);
            assertThat(peer.readToEnd().clean()).isTrue();
        });
    }
}
