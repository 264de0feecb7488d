package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.Tap;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a stranger can learn from a VMess port (reliability section 2a): the same silence until the same deadline and the same
 * kind of end, whatever was sent, and nothing from a handshake that was seen before.
 */
class ProbeIT {
    private static final Duration HANDSHAKE = Duration.ofSeconds(3);
    private static final Duration AT_MOST = Duration.ofSeconds(8);
    private static final Duration WITHIN = Duration.ofSeconds(30);

    @ParameterizedTest
    @EnumSource(names = {"VMESS_AES_128_GCM", "VMESS_LEGACY_AES_128_GCM"})
    void random_bytes_of_any_length_meet_silence_and_a_plain_end(ProtocolCase protocol) {
        int port = Ports.free();
        try (ProxyNode node = ProxyNode.start(Program.CULVERT, server(protocol, port))) {
            int before = node.openSockets();
            List<Runnable> probes = new ArrayList<>();
            IntStream.concat(
                            IntStream.rangeClosed(1, 64),
                            IntStream.of(100, 500, 1_000, 1_500, 2_000, 2_500, 3_400, 4_096, 16_384, 65_536))
                    .forEach(length -> probes.add(() -> probe(port, new Payload(length).bytes(0, length))));
            XorExchange.atOnce(probes, WITHIN);
            node.expectSocketsBackTo(before, AT_MOST);
            node.expectCleanLog();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"VMESS_AES_128_GCM", "VMESS_LEGACY_AES_128_GCM"})
    void a_handshake_seen_before_opens_nothing(ProtocolCase protocol) throws IOException {
        int port = Ports.free();
        int entrance = Ports.free();
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.start(Program.CULVERT, server(protocol, port));
                Tap tap = new Tap(port);
                ProxyNode client = ProxyNode.start(Program.V2RAY, client(protocol, tap.port(), entrance, echo))) {
            try (Socket socket = Clients.connect(entrance)) {
                Streams.send(socket.getOutputStream(), new Payload(1), 1_000);
                Streams.expect(socket.getInputStream(), new Payload(1), 1_000, Payload.XOR);
            }
            byte[] seen = tap.sent(0);
            int accepted = echo.accepted();
            List<Runnable> replays = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                replays.add(() -> probe(port, seen));
            }
            XorExchange.atOnce(replays, WITHIN);
            assertThat(echo.accepted()).isEqualTo(accepted);
            assertThat(client.isAlive()).isTrue();
            node.expectCleanLog();
        }
    }

    @Test
    void a_damaged_or_cut_handshake_meets_the_same_silence() throws IOException {
        ProtocolCase protocol = ProtocolCase.VMESS_AES_128_GCM;
        int port = Ports.free();
        int entrance = Ports.free();
        int unused = Ports.free();
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.start(Program.CULVERT, server(protocol, port));
                // The tap leads elsewhere, so that the server has never seen these handshakes.
                TcpTarget elsewhere = new TcpTarget(
                        InetAddress.getLoopbackAddress(),
                        unused,
                        (_, connection) -> connection.getInputStream().readNBytes(Integer.MAX_VALUE));
                Tap tap = new Tap(elsewhere.port());
                ProxyNode _ = ProxyNode.start(Program.V2RAY, client(protocol, tap.port(), entrance, echo));
                Socket socket = Clients.connect(entrance)) {
            Streams.send(socket.getOutputStream(), new Payload(1), 200);
            Await.until(WITHIN, elsewhere::toString, () -> elsewhere.accepted() == 1 && tap.sent(0).length > 100);
            byte[] fresh = tap.sent(0);
            List<Runnable> probes = new ArrayList<>();
            for (int at : new int[] {0, 8, 15, 16, 20, 33, 34, 41, 42, 50, 60}) {
                byte[] damaged = fresh.clone();
                damaged[at] ^= 0x10;
                probes.add(() -> probe(port, damaged));
                probes.add(() -> probe(port, Arrays.copyOf(fresh, at + 1)));
            }
            XorExchange.atOnce(probes, WITHIN);
            assertThat(echo.accepted()).isZero();
            node.expectCleanLog();
        }
    }

    /** Sends bytes and fails unless the answer is nothing at all, and a plain end at the handshake deadline. */
    private static void probe(int port, byte[] bytes) {
        long began = System.nanoTime();
        try (Socket socket = Clients.connect(port)) {
            socket.setSoTimeout((int) AT_MOST.toMillis());
            socket.getOutputStream().write(bytes);
            int answer = socket.getInputStream().read();
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            if (answer >= 0) {
                throw new AssertionError("an answer to a probe of " + bytes.length + " bytes: " + answer);
            }
            if (took.compareTo(HANDSHAKE.minusMillis(200)) < 0) {
                throw new AssertionError("a probe of " + bytes.length + " bytes was closed after " + took);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a probe of " + bytes.length + " bytes ended by " + e.getMessage(), e);
        }
    }

    private static NodeConfig server(ProtocolCase protocol, int port) {
        return new NodeConfig()
                .level0("{handshake: " + HANDSHAKE.toSeconds() + "}")
                .inbound("in", port, protocol.protocol(), protocol.inbound())
                .outbound("free", "freedom", "{}");
    }

    private static NodeConfig client(ProtocolCase protocol, int port, int entrance, TcpTarget target) {
        return new NodeConfig()
                .inbound(
                        "entrance",
                        entrance,
                        "dokodemo-door",
                        "{address: '127.0.0.1', port: %d}".formatted(target.port()))
                .outbound("out", protocol.protocol(), protocol.outbound("127.0.0.1", port));
    }
}
