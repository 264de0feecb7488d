package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Peers;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What a session costs the kernel: the calls about its two sockets, as strace counts them. */
class SystemCallsIT {
    private static final int SESSIONS = 100;
    private static final Duration WITHIN = Duration.ofSeconds(30);

    /** Waits of the event loops are not among them: how many sessions share one depends on the machine. */
    private static final Set<String> ABOUT_SOCKETS = Set.of(
            "accept4",
            "socket",
            "connect",
            "bind",
            "close",
            "shutdown",
            "setsockopt",
            "getsockopt",
            "getsockname",
            "getpeername",
            "epoll_ctl",
            "recvfrom",
            "sendto",
            "writev");

    /** It was 54 with options set on every connection, IPv6 sockets for IPv4 addresses, and each pause told to epoll at once. */
    private static final double MOST_A_SESSION = 38;

    @Test
    void aVlessSessionTakesFewSystemCalls() throws Exception {
        Path strace = Peers.find("strace").orElse(null);
        Assumptions.assumeTrue(strace != null, "skipped: strace is not at hand");
        int port = Ports.free();
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .inbound("vless", port, "vless", ProtocolCase.VLESS.inbound())
                                .outbound("free", "freedom", "{}"))) {
            sessions(port, echo.port());
            Path counts = Files.createTempFile("culvert-it-", ".strace");
            Path said = Files.createTempFile("culvert-it-", ".said");
            Process tracing = new ProcessBuilder(
                            String.valueOf(strace), "-f", "-c", "-o", counts.toString(), "-p", "" + node.pid())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            try {
                Await.until(WITHIN, () -> "strace is not attached", () -> !tracing.isAlive() || mentions(said));
                Assumptions.assumeTrue(tracing.isAlive(), "skipped: strace may not look at another process here");
                sessions(port, echo.port());
            } finally {
                // Its own end is the one at which it writes what it has counted.
                Peers.run(WITHIN, List.of("kill", "-INT", "" + tracing.pid()));
                if (!tracing.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                    tracing.destroyForcibly();
                }
            }
            assertThat((double) calls(counts) / SESSIONS)
                    .as("calls a session: %s", Files.readString(counts))
                    .isBetween(20.0, MOST_A_SESSION);
            node.expectCleanLog();
        }
    }

    private static boolean mentions(Path said) {
        try {
            return Files.readString(said).contains("attached");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sessions(int port, int target) throws IOException {
        UUID user = UUID.fromString(ProtocolCase.USER_ID);
        byte[] request = ByteBuffer.allocate(27)
                .put((byte) 0)
                .putLong(user.getMostSignificantBits())
                .putLong(user.getLeastSignificantBits())
                .put(new byte[] {0, 1})
                .putShort((short) target)
                .put(new byte[] {1, 127, 0, 0, 1})
                .put((byte) 'x')
                .array();
        for (int i = 0; i < SESSIONS; i++) {
            try (Socket client = Clients.connect(port)) {
                client.getOutputStream().write(request);
                assertThat(client.getInputStream().readNBytes(3)).hasSize(3);
            }
        }
    }

    private static long calls(Path counts) throws IOException {
        try (Stream<String> lines = Files.lines(counts)) {
            return lines.map(line -> line.strip().split("\\s+"))
                    .filter(row -> row.length >= 5 && ABOUT_SOCKETS.contains(row[row.length - 1]))
                    .mapToLong(row -> Long.parseLong(row[3]))
                    .sum();
        }
    }
}
