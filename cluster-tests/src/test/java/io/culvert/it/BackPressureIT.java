package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Peers that do not keep up: what is in flight stays bounded, and nothing is lost. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class BackPressureIT {
    private static final int CONNECTIONS = 8;
    private static final long OFFERED = 256L << 20;
    /** What the kernel's own buffers of the two sockets may take on top of the node's, with room to spare. */
    private static final long IN_FLIGHT_AT_MOST = 96L << 20;

    private static final long GROWTH_AT_MOST_KIB = 128 << 10;
    private static final int DOWNLOAD = 48 << 20;
    private static final Payload PAYLOAD = new Payload(5);

    /** The processes and targets of one program. */
    static final class Setup implements AutoCloseable {
        final TcpTarget deaf = TcpTarget.neverReads();
        final TcpTarget source = TcpTarget.source(PAYLOAD, DOWNLOAD);
        final int toDeaf = Ports.free();
        final int toSource = Ports.free();
        final ProxyNode node;

        Setup(Program program) {
            node = ProxyNode.start(
                    program,
                    new NodeConfig()
                            .inbound(
                                    "deaf",
                                    toDeaf,
                                    "dokodemo-door",
                                    "{address: '127.0.0.1', port: %d}".formatted(deaf.port()))
                            .inbound(
                                    "source",
                                    toSource,
                                    "dokodemo-door",
                                    "{address: '127.0.0.1', port: %d}".formatted(source.port()))
                            .outbound("free", "freedom", "{}"));
        }

        @Override
        public void close() {
            try (deaf;
                    source;
                    node) {
                node.expectCleanLog();
            }
        }
    }

    static Stream<Named<Setup>> setups() {
        return Program.chosen().map(it -> Named.of(it.toString(), new Setup(it)));
    }

    private final Setup setup;

    BackPressureIT(Setup setup) {
        this.setup = setup;
    }

    @Test
    void a_target_that_never_reads_stops_its_client() throws IOException {
        long before = setup.node.residentKib();
        List<Socket> sockets = new ArrayList<>();
        List<AtomicLong> sent = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            Socket socket = Clients.connect(setup.toDeaf);
            AtomicLong count = new AtomicLong();
            sockets.add(socket);
            sent.add(count);
            Thread.ofVirtual().start(() -> push(socket, count));
        }
        awaitStandstill(sent);
        assertThat(sent).allSatisfy(count -> assertThat(count.get()).isBetween(1L, IN_FLIGHT_AT_MOST));
        assertThat(setup.node.residentKib() - before).isLessThan(GROWTH_AT_MOST_KIB);
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void a_client_that_reads_slowly_gets_everything() throws IOException {
        long before = setup.node.residentKib();
        try (Socket socket = Clients.connect(setup.toSource)) {
            socket.getOutputStream().write(1);
            byte[] expected = new byte[1 << 20];
            for (int at = 0; at < DOWNLOAD; at += expected.length) {
                byte[] block = Clients.exactly(socket.getInputStream(), expected.length);
                PAYLOAD.check(at, block, block.length, (byte) 0, expected);
                Await.pace(Duration.ofMillis(20));
            }
            Streams.expectEnd(socket.getInputStream());
        }
        assertThat(setup.node.residentKib() - before).isLessThan(GROWTH_AT_MOST_KIB);
    }

    private static void push(Socket socket, AtomicLong sent) {
        byte[] block = new byte[64 * 1024];
        try {
            while (sent.get() < OFFERED) {
                socket.getOutputStream().write(block);
                sent.addAndGet(block.length);
            }
        } catch (IOException _) {
            // The test has closed the socket under it.
        }
    }

    /** Waits until no client has got rid of a byte for a while. */
    private static void awaitStandstill(List<AtomicLong> sent) {
        Await.until(Duration.ofSeconds(30), () -> "the clients still send: " + sent, () -> {
            long total = total(sent);
            return total > 0 && Await.held(Duration.ofMillis(700), () -> total(sent) == total);
        });
    }

    private static long total(List<AtomicLong> sent) {
        return sent.stream().mapToLong(AtomicLong::get).sum();
    }
}
