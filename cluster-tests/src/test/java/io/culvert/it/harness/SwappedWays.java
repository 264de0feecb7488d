package io.culvert.it.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Two configurations that take turns while sessions open without a pause. Each sends them by another of two outbounds, and in
 * each that one leads to the right target and the other one to the wrong target. A session that finds the wrong target was
 * decided by the rules of one configuration and opened by an outbound of the other.
 */
public final class SwappedWays implements AutoCloseable {
    private static final int CLIENTS = 4;
    private static final Duration WITHIN = Duration.ofSeconds(30);

    private final TcpTarget right = TcpTarget.xorEcho();
    private final TcpTarget wrong = TcpTarget.xorEcho();

    /** Adds the ways and the rule of one of the configurations. */
    public NodeConfig in(NodeConfig config, boolean first) {
        return config.outbound("one", "freedom", to(first ? right : wrong))
                .outbound("two", "freedom", to(first ? wrong : right))
                .rule("{network: 'tcp', outboundTag: '" + (first ? "one" : "two") + "'}");
    }

    private static String to(TcpTarget target) {
        return "{redirect: '127.0.0.1:" + target.port() + "'}";
    }

    /** What applies one of the configurations. */
    @FunctionalInterface
    public interface Applier {
        void apply(boolean first);
    }

    /** Begins with the first configuration, and expects that every session finds the right target. */
    public void run(int socks, int times, Applier applier) throws InterruptedException {
        AtomicInteger completed = new AtomicInteger();
        AtomicReference<Boolean> over = new AtomicReference<>(false);
        AtomicReference<@Nullable Throwable> lost = new AtomicReference<>();
        List<Thread> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    while (!over.get() && lost.get() == null) {
                        session(socks, completed, lost);
                    }
                }));
            }
            for (int i = 1; i <= times; i++) {
                applier.apply(i % 2 == 0);
            }
        } finally {
            over.set(true);
            for (Thread client : clients) {
                assertThat(client.join(WITHIN)).as("a session hangs").isTrue();
            }
        }
        assertThat(wrong.accepted())
                .as("sessions of %s by the rules of one configuration and an outbound of the other", completed)
                .isZero();
        assertThat(lost.get()).as("after %s sessions", completed).isNull();
        assertThat(completed.get()).isGreaterThan(times);
    }

    private void session(int socks, AtomicInteger completed, AtomicReference<@Nullable Throwable> lost) {
        try (Socket socket = Clients.socks5(socks, "127.0.0.1", right.port(), null)) {
            socket.getOutputStream().write(1);
            assertThat(socket.getInputStream().read()).isEqualTo(1 ^ Payload.XOR);
            completed.incrementAndGet();
        } catch (IOException | AssertionError e) {
            lost.compareAndSet(null, e);
        }
    }

    @Override
    public void close() {
        right.close();
        wrong.close();
    }
}
