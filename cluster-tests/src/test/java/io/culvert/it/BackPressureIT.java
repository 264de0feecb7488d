package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.Flood;
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
        try (Flood flood = new Flood(OFFERED)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                flood.from(Clients.connect(setup.toDeaf));
            }
            assertThat(flood.awaitStandstill(Duration.ofSeconds(30), Duration.ofMillis(700)))
                    .allSatisfy(sent -> assertThat(sent).isBetween(1L, IN_FLIGHT_AT_MOST));
            assertThat(setup.node.residentKib() - before).isLessThan(GROWTH_AT_MOST_KIB);
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
}
