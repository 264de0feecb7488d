package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.it.harness.Admin;
import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.FarmRig;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.SwappedWays;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A farm of one ingress, two routers and two egresses, and what its faults do to sessions: the table of reliability section
 * 3. A node that a test has ended is started again for the next one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FarmIT {
    private static final int MIB = 1024 * 1024;
    private static final int SESSIONS = 12;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final int socks = Ports.free();
    private final FarmRig farm = new FarmRig()
            .add("router-a", "'router'", FarmRig.plain())
            .add("router-b", "'router'", FarmRig.plain())
            .add("exit-a", "'egress'", FarmRig.plain())
            .add("exit-b", "'egress'", FarmRig.plain())
            .add("edge", "'ingress'", withSocks(FarmRig.plain()));
    private final TcpTarget echo = TcpTarget.xorEcho();

    @BeforeEach
    void start() {
        farm.start();
    }

    @AfterEach
    void logsAreClean() {
        farm.expectCleanLogs();
    }

    @AfterAll
    void stop() {
        echo.close();
        farm.close();
    }

    private NodeConfig withSocks(NodeConfig config) {
        return config.inbound("socks", socks, "socks", "{udp: true, ip: '127.0.0.1'}");
    }

    private Socket dial() throws IOException {
        return Clients.socks5(socks, "127.0.0.1", echo.port(), null);
    }

    @Test
    void carries_ten_sessions_of_10_mib_at_once() {
        XorExchange.run(this::dial, 10, 10L * MIB, MINUTE.multipliedBy(2));
    }

    @Test
    void carries_datagrams() throws IOException {
        try (UdpTarget target = new UdpTarget();
                UdpClient client = UdpClient.socks5(socks, "127.0.0.1", target.port(), null)) {
            client.expectXorEcho(20, 1_200);
            client.expectXorEcho(3, 8_000);
            client.expectXorEcho(3, 1);
        }
    }

    @Test
    void what_a_server_only_answers_leaves_with_its_order() throws IOException {
        byte[] hello = new Payload(8).bytes(0, 2_000);
        System.arraycopy(new byte[] {22, 3, 1, 7, 0, 1}, 0, hello, 0, 6);
        byte[] request =
                "GET /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nbody".getBytes(StandardCharsets.US_ASCII);
        for (byte[] first : List.of(hello, request)) {
            double before = sentAhead();
            for (int i = 0; i < SESSIONS; i++) {
                try (TcpTarget echo = TcpTarget.xorEcho();
                        Socket socket = Clients.socks5(socks, "127.0.0.1", echo.port(), null)) {
                    socket.getOutputStream().write(first);
                    byte[] answer = socket.getInputStream().readNBytes(first.length);
                    Payload.xor(answer, answer.length, Payload.XOR);
                    assertThat(answer).isEqualTo(first);
                    assertThat(echo.received()).isEqualTo(first.length);
                }
            }
            // Not in each: a session may have been opened before its client has said anything.
            assertThat(sentAhead()).isGreaterThan(before);
        }
    }

    private double sentAhead() {
        try (Admin admin = farm.node("edge").admin()) {
            return admin.metric("culvert_link_sent_ahead_total");
        }
    }

    @Test
    void half_close_crosses_both_ways() throws IOException {
        try (TcpTarget target = TcpTarget.answersAtEnd();
                Socket socket = Clients.socks5(socks, "127.0.0.1", target.port(), null)) {
            Streams.send(socket.getOutputStream(), new Payload(3), 3L * MIB);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readNBytes(8)).isEqualTo(new byte[] {0, 0, 0, 0, 0, 0x30, 0, 0});
            Streams.expectEnd(socket.getInputStream());
        }
        try (TcpTarget target = TcpTarget.source(new Payload(4), MIB);
                Socket socket = Clients.socks5(socks, "127.0.0.1", target.port(), null)) {
            socket.getOutputStream().write(1);
            Streams.expect(socket.getInputStream(), new Payload(4), MIB, (byte) 0);
            Streams.expectEnd(socket.getInputStream());
        }
    }

    /** Whichever of the nodes has the next configuration first: what a router decides is opened as it was meant. */
    @Test
    void rules_and_outbounds_of_a_session_are_of_one_configuration() throws Exception {
        List<String> nodes = farm.live();
        AtomicInteger times = new AtomicInteger();
        try (SwappedWays ways = new SwappedWays()) {
            SwappedWays.Applier applier = first -> apply(
                    nodes.get(times.getAndIncrement() % nodes.size()), ways.in(withSocks(new NodeConfig()), first));
            applier.apply(true);
            ways.run(socks, 4 * nodes.size(), applier);
            for (String exit : List.of("exit-a", "exit-b")) {
                try (Admin admin = farm.node(exit).admin()) {
                    assertThat(admin.metric("culvert_egress_behind_total")).isZero();
                }
            }
        } finally {
            apply("edge", withSocks(FarmRig.plain()));
        }
    }

    private void apply(String node, NodeConfig config) {
        try (Admin admin = farm.node(node).admin()) {
            Admin.Answer answer = admin.apply(config.section("log", "{loglevel: 'info'}")
                    .section("cluster", farm.cluster("edge", "'ingress'"))
                    .json());
            assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        }
    }

    @Test
    void a_killed_router_costs_no_session() throws IOException {
        try (Sessions sessions = new Sessions()) {
            farm.node("router-a").kill();
            for (int i = 0; i < 4 * SESSIONS; i++) {
                exchangeOnce(Duration.ofMillis(2_500));
            }
            sessions.goOn();
        }
    }

    @Test
    void a_killed_egress_resets_its_sessions_and_new_ones_go_elsewhere_within_2500_ms() throws IOException {
        try (Sessions sessions = new Sessions()) {
            busierEgress().kill();
            for (int i = 0; i < 2 * SESSIONS; i++) {
                exchangeOnce(Duration.ofMillis(2_500));
            }
            sessions.expectSomeReset(Duration.ofSeconds(6));
        }
    }

    @Test
    void a_frozen_egress_is_left_within_6_seconds() throws IOException {
        ProxyNode frozen;
        try (Sessions sessions = new Sessions()) {
            frozen = busierEgress();
            frozen.freeze(true);
            try {
                sessions.expectSomeReset(Duration.ofSeconds(8));
                for (int i = 0; i < SESSIONS; i++) {
                    exchangeOnce(Duration.ofMillis(2_500));
                }
            } finally {
                frozen.freeze(false);
            }
        }
        String name = frozen == farm.node("exit-a") ? "exit-a" : "exit-b";
        Await.until(MINUTE, farm::logs, () -> FarmRig.sees(farm.node("router-a"), name));
    }

    @Test
    void a_killed_ingress_leaves_nothing_at_its_egresses() throws IOException {
        int ended = echo.ended();
        try (Sessions sessions = new Sessions()) {
            farm.node("edge").kill();
            Await.until(
                    Duration.ofSeconds(6),
                    () -> (echo.ended() - ended) + " of " + sessions.size() + " destinations were closed",
                    () -> echo.ended() - ended >= sessions.size());
        }
    }

    @Test
    void an_egress_that_is_stopped_finishes_its_sessions_and_takes_no_new_ones() throws IOException {
        ProxyNode leaving;
        try (Sessions sessions = new Sessions()) {
            leaving = busierEgress();
            leaving.beginToStop();
            Await.until(MINUTE, farm::logs, () -> leaving.log().contains("stopping:"));
            sessions.goOn();
            for (int i = 0; i < SESSIONS; i++) {
                exchangeOnce(Duration.ofMillis(2_500));
            }
            assertThat(leaving.isAlive()).isTrue();
            sessions.goOn();
        }
        Await.until(MINUTE, farm::logs, () -> !leaving.isAlive());
        assertThat(leaving.terminate()).isZero();
    }

    @Test
    void without_any_router_a_session_is_refused_in_time_and_the_next_router_serves() throws IOException {
        try (Sessions sessions = new Sessions()) {
            farm.node("router-a").kill();
            farm.node("router-b").kill();
            long start = System.nanoTime();
            assertThatThrownBy(() -> exchangeOnce(Duration.ofSeconds(10))).isInstanceOf(IOException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            sessions.goOn();
            farm.start();
            // The first of the farm's addresses is a router's: it begins alone, and then takes the farm's
            // configuration.
            Await.until(Duration.ofSeconds(10), farm::logs, this::serves);
            exchangeOnce(Duration.ofMillis(2_500));
            sessions.goOn();
        }
    }

    @Test
    void what_the_nodes_listen_on_for_each_other_is_no_destination() {
        for (String node : List.of("router-a", "exit-a", "exit-b", "edge")) {
            for (int port : List.of(5701, 7442, 7443)) {
                assertThatThrownBy(() -> {
                            try (Socket socket = Clients.socks5(socks, farm.address(node), port, null)) {
                                socket.getOutputStream().write(1);
                                if (socket.getInputStream().read() < 0) {
                                    throw new SocketException("closed");
                                }
                            }
                        })
                        .as("%s:%d", node, port)
                        .isInstanceOf(IOException.class);
            }
        }
        farm.node("edge").expectInLog("what the nodes listen on for each other and for their operator is not dialled");
    }

    /** The egress that carries more of the sessions: one that has just been started again gets few at first. */
    private ProxyNode busierEgress() {
        ProxyNode a = farm.node("exit-a");
        ProxyNode b = farm.node("exit-b");
        return a.openSockets() >= b.openSockets() ? a : b;
    }

    private boolean serves() {
        try {
            exchangeOnce(Duration.ofSeconds(5));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** A new session that sends a little and gets it back. */
    private void exchangeOnce(Duration within) throws IOException {
        long start = System.nanoTime();
        Payload payload = new Payload(start);
        try (Socket socket = dial()) {
            socket.setSoTimeout((int) within.toMillis());
            Streams.send(socket.getOutputStream(), payload, 1_000);
            Streams.expect(socket.getInputStream(), payload, 1_000, Payload.XOR);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(within);
    }

    /** Sessions that are open while something happens; each checks every byte by its position. */
    private final class Sessions implements AutoCloseable {
        private static final int STEP = 10_000;

        private final List<Socket> sockets = new ArrayList<>();
        private long at;

        Sessions() throws IOException {
            for (int i = 0; i < SESSIONS; i++) {
                sockets.add(dial());
            }
            goOn();
        }

        int size() {
            return sockets.size();
        }

        /** Every session goes on where it was. */
        void goOn() throws IOException {
            for (int i = 0; i < sockets.size(); i++) {
                exchange(i);
            }
            at += STEP;
        }

        private void exchange(int index) throws IOException {
            Socket socket = sockets.get(index);
            byte[] block = new Payload(index).bytes(at, STEP);
            socket.getOutputStream().write(block);
            byte[] answer = socket.getInputStream().readNBytes(STEP);
            if (answer.length < STEP) {
                throw new AssertionError(
                        "session " + index + " ended cleanly after " + (at + answer.length) + " bytes");
            }
            new Payload(index).check(at, answer, STEP, Payload.XOR, new byte[STEP]);
        }

        /** Some sessions end, all of those by a reset, none by a clean end; the others go on. */
        void expectSomeReset(Duration within) throws IOException {
            long deadline = System.nanoTime() + within.toNanos();
            int reset = 0;
            for (int i = 0; i < sockets.size(); i++) {
                long left = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
                sockets.get(i).setSoTimeout((int) left);
                try {
                    exchange(i);
                } catch (SocketException _) {
                    reset++;
                }
            }
            assertThat(reset).as("sessions that were reset of %d", size()).isPositive();
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
