package io.culvert.launcher.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a stand-in for the service manager hears. */
class ServiceManagerTest {
    private static final int SECONDS = 20;

    @TempDir
    private Path folder = Path.of("");

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private @Nullable EventLoopGroup group;

    private EventLoopGroup loops() {
        EventLoopGroup loops = group;
        if (loops == null) {
            throw new IllegalStateException("not begun");
        }
        return loops;
    }

    @BeforeEach
    void begin() {
        assumeTrue(Epoll.isAvailable(), "skipped: no native transport on this system");
        group = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    }

    @AfterEach
    void end() throws Exception {
        if (group != null) {
            assertThat(group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    private Channel listen(String name) throws Exception {
        return new Bootstrap()
                .group(loops())
                .channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                        heard.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                })
                .bind(new DomainSocketAddress(name))
                .sync()
                .channel();
    }

    private String next() throws Exception {
        return String.valueOf(heard.poll(SECONDS, TimeUnit.SECONDS));
    }

    @Test
    void hearsOfTheWholeLifeInOrder() throws Exception {
        String path = folder.resolve("notify").toString();
        Channel channel = listen(path);
        ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", path));

        manager.started(loops());
        assertThat(next()).startsWith("READY=1\n");
        long before = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
        manager.reloading();
        String reloading = next();
        assertThat(reloading).startsWith("RELOADING=1\nMONOTONIC_USEC=");
        assertThat(Long.parseLong(reloading.substring(reloading.lastIndexOf('=') + 1)))
                .isBetween(before, TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
        manager.reloaded();
        assertThat(next()).startsWith("READY=1\n");
        manager.stopping(300);
        assertThat(next()).startsWith("STOPPING=1\n").endsWith("300 s");
        // A reload that ends in a drain must not look like another start.
        manager.reloaded();
        manager.stopped();
        channel.close().sync();
        assertThat(heard).isEmpty();
    }

    @Test
    void sendsToAbstractNames() throws Exception {
        String name = "culvert-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        Channel channel = listen("\0" + name);
        NotifySocket.of("@" + name).send("READY=1");
        assertThat(next()).isEqualTo("READY=1");
        channel.close().sync();
    }

    @Test
    void theWatchdogIsFedWhileAllLoopsTurnAndNotWhenOneHangs() throws Exception {
        String path = folder.resolve("notify").toString();
        EventLoopGroup watched = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
        try {
            BlockingQueue<String> alive = new LinkedBlockingQueue<>();
            try (LoopWatchdog watchdog = new LoopWatchdog(watched, () -> alive.add(path))) {
                watchdog.round();
                assertThat(alive.poll(SECONDS, TimeUnit.SECONDS)).isEqualTo(path);

                CountDownLatch held = new CountDownLatch(1);
                watched.next().execute(() -> {
                    try {
                        held.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                watchdog.round();
                watchdog.round();
                assertThat(alive.poll(200, TimeUnit.MILLISECONDS)).isNull();
                held.countDown();
                assertThat(alive.poll(SECONDS, TimeUnit.SECONDS)).isEqualTo(path);
            }
        } finally {
            watched.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void theWatchdogOfTheManagerIsServedAtHalfItsTime() throws Exception {
        String path = folder.resolve("notify").toString();
        Channel channel = listen(path);
        ServiceManager manager = ServiceManager.of(Map.of("NOTIFY_SOCKET", path, "WATCHDOG_USEC", "100000"));
        manager.started(loops());
        assertThat(next()).startsWith("READY=1\n");
        assertThat(next()).isEqualTo("WATCHDOG=1");
        assertThat(next()).isEqualTo("WATCHDOG=1");
        manager.stopped();
        channel.close().sync();
    }

    @Test
    void theWatchdogOfAnotherProcessIsLeftToIt() {
        assertThat(ServiceManager.watchdog(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "7"), 7))
                .isEqualTo(Duration.ofSeconds(30));
        assertThat(ServiceManager.watchdog(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "7"), 8))
                .isNull();
        assertThat(ServiceManager.watchdog(Map.of("WATCHDOG_USEC", "soon"), 8)).isNull();
        assertThat(ServiceManager.watchdog(Map.of(), 8)).isNull();
    }

    @Test
    void withoutAManagerOrWithOneThatIsGoneNothingStops() throws Exception {
        ServiceManager.of(Map.of()).started(loops());
        ServiceManager gone =
                ServiceManager.of(Map.of("NOTIFY_SOCKET", folder.resolve("gone").toString()));
        gone.started(loops());
        gone.stopping(1);
        ServiceManager.of(Map.of("NOTIFY_SOCKET", "vsock:2:1")).started(loops());
        assertThatThrownBy(() -> NotifySocket.of("/" + "x".repeat(108))).isInstanceOf(IOException.class);
        assertThatThrownBy(
                        () -> NotifySocket.of(folder.resolve("gone").toString()).send("READY=1"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nobody takes");
    }
}
