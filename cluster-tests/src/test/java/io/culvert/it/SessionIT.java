package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions through one node: dokodemo-door, freedom, blackhole, and the limits of a policy level. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class SessionIT {
    private static final int RANGE = 3;
    private static final Duration WITHIN = Duration.ofSeconds(10);

    /** The processes and targets of one program. */
    static final class Setup implements AutoCloseable {
        final TcpTarget echo = TcpTarget.xorEcho();
        final UdpTarget udpEcho = new UdpTarget();
        final TcpTarget greeter = TcpTarget.speaksFirst("hello");
        final int tcpRange = Ports.freeRange(RANGE);
        final int udpRange = Ports.freeRange(RANGE);
        final int passive = Ports.free();
        final int black = Ports.free();
        final int forbidding = Ports.free();
        final int redirected = Ports.free();
        final int fromTwo = Ports.free();
        final int refused = Ports.free();
        final int impatient = Ports.free();
        final int impatientUdp = Ports.free();
        final int unbuffered = Ports.free();
        final ProxyNode node;

        Setup(Program program) {
            NodeConfig config = new NodeConfig()
                    .section(
                            "policy",
                            "{levels: {'0': {}, '2': {connIdle: 2, uplinkOnly: 1, downlinkOnly: 1}, '3': {bufferSize: 0}}}")
                    .inbound("tcp range", "127.0.0.1", tcpRange, RANGE, "dokodemo-door", to(echo.port(), "tcp"), "{}")
                    .inbound(
                            "udp range", "127.0.0.1", udpRange, RANGE, "dokodemo-door", to(udpEcho.port(), "udp"), "{}")
                    .inbound("passive", passive, "dokodemo-door", to(greeter.port(), "tcp"))
                    .inbound("black", black, "dokodemo-door", to(echo.port(), "tcp"))
                    .inbound("forbidding", forbidding, "dokodemo-door", to(echo.port(), "tcp"))
                    .inbound("redirected", redirected, "dokodemo-door", to(Ports.free(), "tcp"))
                    .inbound("from two", fromTwo, "dokodemo-door", to(echo.port(), "tcp"))
                    .inbound("refused", refused, "dokodemo-door", to(Ports.free(), "tcp"))
                    .inbound("impatient", impatient, "dokodemo-door", level(echo.port(), 2))
                    .inbound(
                            "impatient udp",
                            impatientUdp,
                            "dokodemo-door",
                            "{address: '127.0.0.1', port: %d, network: 'udp', userLevel: 2}".formatted(udpEcho.port()))
                    .inbound("unbuffered", unbuffered, "dokodemo-door", level(echo.port(), 3))
                    .outbound("free", "freedom", "{}")
                    .outbound("hole", "blackhole", "{}")
                    .outbound("hole 403", "blackhole", "{response: {type: 'http'}}")
                    .outbound("elsewhere", "freedom", "{redirect: '127.0.0.1:" + greeter.port() + "'}")
                    .outbound("two", "freedom", "{}")
                    .outboundKey("sendThrough", "127.0.0.2")
                    .route("black", "hole")
                    .route("forbidding", "hole 403")
                    .route("redirected", "elsewhere")
                    .route("from two", "two");
            node = ProxyNode.start(program, config);
        }

        @Override
        public void close() {
            try (echo;
                    udpEcho;
                    greeter;
                    node) {
                node.expectCleanLog();
            }
        }
    }

    static Stream<Named<Setup>> setups() {
        return Program.chosen().map(it -> Named.of(it.toString(), new Setup(it)));
    }

    private final Setup setup;

    SessionIT(Setup setup) {
        this.setup = setup;
    }

    @Test
    void every_tcp_port_of_a_range() {
        for (int i = 0; i < RANGE; i++) {
            int port = setup.tcpRange + i;
            XorExchange.run(() -> Clients.connect(port), 1, 100_000, WITHIN);
        }
    }

    @Test
    void every_udp_port_of_a_range() throws IOException {
        for (int i = 0; i < RANGE; i++) {
            try (UdpClient client = UdpClient.to(setup.udpRange + i)) {
                client.expectXorEcho(3, 1_024);
            }
        }
    }

    @Test
    void the_target_speaks_first() throws IOException {
        try (Socket socket = Clients.connect(setup.passive)) {
            assertThat(Clients.exactly(socket.getInputStream(), 5)).asString().isEqualTo("hello");
            Streams.send(socket.getOutputStream(), new Payload(3), 1_000);
            Streams.expect(socket.getInputStream(), new Payload(3), 1_000, Payload.XOR);
        }
    }

    @Test
    void a_blackhole_ends_the_session_without_a_byte() throws IOException {
        int accepted = setup.echo.accepted();
        try (Socket socket = Clients.connect(setup.black)) {
            socket.getOutputStream().write(1);
            Streams.expectEnd(socket.getInputStream());
        } catch (SocketException _) {
            // The byte that nobody read may turn the end into a reset.
        }
        assertThat(setup.echo.accepted()).isEqualTo(accepted);
    }

    @Test
    void a_blackhole_of_type_http_answers_403() throws IOException {
        try (Socket socket = Clients.connect(setup.forbidding)) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(Clients.exactly(socket.getInputStream(), 22), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 403 Forbidden");
        }
    }

    @Test
    void freedom_redirects() throws IOException {
        try (Socket socket = Clients.connect(setup.redirected)) {
            assertThat(Clients.exactly(socket.getInputStream(), 5)).asString().isEqualTo("hello");
        }
    }

    @Test
    void freedom_sends_through_an_address() throws IOException {
        try (Socket socket = Clients.connect(setup.fromTwo)) {
            socket.getOutputStream().write(1);
            assertThat(socket.getInputStream().read()).isEqualTo(1 ^ Payload.XOR);
        }
        assertThat(setup.echo.clients()).contains(InetAddress.ofLiteral("127.0.0.2"));
    }

    @Test
    void a_refused_dial_ends_the_session() throws IOException {
        try (Socket socket = Clients.connect(setup.refused)) {
            socket.setSoTimeout((int) WITHIN.toMillis());
            Streams.expectEnd(socket.getInputStream());
        } catch (SocketException _) {
            // Whether by an end or by a reset.
        }
    }

    @Test
    void an_idle_session_ends_and_a_busy_one_does_not() throws IOException {
        try (Socket socket = Clients.connect(setup.impatient)) {
            socket.setSoTimeout((int) WITHIN.toMillis());
            long lastWord = 0;
            for (int i = 0; i < 10; i++) {
                Await.pace(Duration.ofMillis(500));
                lastWord = System.nanoTime();
                socket.getOutputStream().write(i);
                assertThat(socket.getInputStream().read()).isEqualTo(i ^ Payload.XOR);
            }
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            // The timer may look once per period only.
            assertThat(Duration.ofNanos(System.nanoTime() - lastWord))
                    .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(8));
        }
    }

    @Test
    void datagrams_go_on_after_their_session_has_timed_out() throws IOException {
        int before = setup.udpEcho.clients();
        try (UdpClient client = UdpClient.to(setup.impatientUdp)) {
            client.expectXorEcho(2, 500);
            assertThat(setup.udpEcho.clients()).isEqualTo(before + 1);
            Await.pace(Duration.ofSeconds(5));
            client.expectXorEcho(2, 500);
        }
        // Another session, which the target sees come from another port.
        assertThat(setup.udpEcho.clients()).isEqualTo(before + 2);
    }

    @Test
    void a_buffer_size_of_zero_still_moves_everything() {
        XorExchange.run(() -> Clients.connect(setup.unbuffered), 10, 2 << 20, Duration.ofSeconds(60));
    }

    @Test
    void a_short_session_leaves_nothing_open() {
        int before = setup.node.openSockets();
        XorExchange.run(() -> Clients.connect(setup.tcpRange), 50, 1_000, WITHIN);
        setup.node.expectSocketsBackTo(before, WITHIN);
    }

    @Test
    void nothing_listens_beside_the_range() {
        assertThatThrownBy(() -> Clients.connect(setup.udpRange)).isInstanceOf(IOException.class);
    }

    private static String to(int port, String network) {
        return "{address: '127.0.0.1', port: %d, network: '%s'}".formatted(port, network);
    }

    private static String level(int port, int level) {
        return "{address: '127.0.0.1', port: %d, userLevel: %d}".formatted(port, level);
    }
}
