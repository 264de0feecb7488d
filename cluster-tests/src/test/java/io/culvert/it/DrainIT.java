package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The limits of a drain, as clients see them: whatever ends for it is reset and never looks complete. */
class DrainIT {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final long STEP = 1_000;

    private final int port = Ports.free();

    private NodeConfig node(int softSeconds, int hardSeconds) {
        return new NodeConfig()
                .section("policy", "{drain: {soft: " + softSeconds + ", hard: " + hardSeconds + "}}")
                .inbound("socks", port, "socks", "{auth: 'noauth'}")
                .outbound("free", "freedom", "{}");
    }

    private Socket dial(TcpTarget target) throws IOException {
        return Clients.socks5(port, "127.0.0.1", target.port(), null);
    }

    @Tag("faults")
    @Test
    void idle_sessions_are_reset_after_the_soft_limit_and_busy_ones_after_the_hard_one() throws IOException {
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.start(Program.CULVERT, node(1, 20));
                Socket idle = dial(echo);
                Socket busy = dial(echo)) {
            Streams.exchange(idle, STEP);
            Streams.exchange(busy, STEP);
            node.beginToStop();
            idle.setSoTimeout(100);
            // One that is asked for its bytes all the time outlives the one that is not.
            Await.until(MINUTE, node::log, () -> {
                exchange(busy);
                return isReset(idle);
            });
            exchange(busy);
            Await.until(MINUTE, node::log, () -> !goesOn(busy));
            assertThat(node.awaitExit()).isZero();
            assertThat(node.log())
                    .contains("cause: node drained")
                    .contains("drain limit reached: 1 sessions are reset")
                    .contains("cause: ended by the operator");
        }
    }

    @Test
    void a_second_signal_resets_what_is_left() throws IOException {
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.start(Program.CULVERT, node(300, 300));
                Socket socket = dial(echo)) {
            Streams.exchange(socket, STEP);
            node.beginToStop();
            Await.until(MINUTE, node::log, () -> node.log().contains("stopping:"));
            exchange(socket);
            node.beginToStop();
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(node.awaitExit()).isEqualTo(128 + 15);
        }
    }

    private static void exchange(Socket socket) {
        try {
            Streams.exchange(socket, STEP);
        } catch (IOException e) {
            throw new AssertionError("a session that carries payload", e);
        }
    }

    private static boolean goesOn(Socket socket) {
        try {
            Streams.exchange(socket, STEP);
            return true;
        } catch (SocketException _) {
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether the session has been reset; fails where it has ended in any other way. */
    private static boolean isReset(Socket socket) {
        try {
            throw new AssertionError("ended by " + socket.getInputStream().read());
        } catch (SocketTimeoutException _) {
            return false;
        } catch (SocketException _) {
            return true;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
