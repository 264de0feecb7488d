package io.culvert.transport.raw;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.transport.testkit.Await;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A listening socket on a busy loop. */
final class SocketServerTest {
    private static final int WAITING = 40;

    static Stream<EventLoopGroup> loops() {
        EventLoopGroup nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        return Epoll.isAvailable()
                ? Stream.of(nio, new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()))
                : Stream.of(nio);
    }

    @ParameterizedTest
    @MethodSource("loops")
    void everybodyWhoWaitsIsAcceptedInOneTurn(EventLoopGroup group) throws Exception {
        EventLoop loop = group.next();
        AtomicInteger accepted = new AtomicInteger();
        CompletableFuture<Integer> inFirstTurn = new CompletableFuture<>();
        SocketServer server = new SocketServer(new SessionLoops(group, loop), SocketOptions.NONE, channel -> {
            if (accepted.getAndIncrement() == 0) {
                // A loop runs its tasks once it has looked after all sockets that were ready.
                loop.execute(() -> inFirstTurn.complete(accepted.get()));
            }
        });
        Channel socket = server.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .get(Await.LONG.toSeconds(), TimeUnit.SECONDS);
        CountDownLatch busy = new CountDownLatch(1);
        List<Socket> clients = new ArrayList<>();
        try {
            loop.execute(() -> awaitQuietly(busy));
            for (int i = 0; i < WAITING; i++) {
                clients.add(connect((InetSocketAddress) socket.localAddress()));
            }
            busy.countDown();
            assertThat(inFirstTurn.get(Await.LONG.toSeconds(), TimeUnit.SECONDS))
                    .isEqualTo(WAITING);
        } finally {
            busy.countDown();
            for (Socket client : clients) {
                client.close();
            }
            server.shutdown(Duration.ZERO).await(Await.LONG.toMillis());
            group.shutdownGracefully(0, 0, TimeUnit.SECONDS).await(Await.LONG.toMillis());
        }
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        return new Socket(address.getAddress(), address.getPort());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(Await.LONG.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
