package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes wrong between the two nodes of a pair: a killed peer, credentials that nobody knows, streams of tiny chunks. */
class FaultIT {
    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final String STRANGER = "11111111-2222-4333-8444-555555555555";

    /** How many chunks a stream has: more than the sixteen bits of a chunk's counter can tell apart. */
    private static final int CHUNKS = 66_500;

    private static final Duration MANY_TURNS = Duration.ofMinutes(3);

    private static final List<ProtocolCase> PROTOCOLS = List.of(
            ProtocolCase.VMESS_AES_128_GCM,
            ProtocolCase.VMESS_LEGACY_CHACHA20_POLY1305,
            ProtocolCase.VLESS,
            ProtocolCase.SOCKS_PASSWORD,
            ProtocolCase.HTTP_PASSWORD);

    static Stream<Pair> pairs() {
        return Pair.all();
    }

    /** Two nodes with one leg for each protocol between them. */
    private record Legs(TcpTarget echo, ProxyNode server, ProxyNode client, Map<ProtocolCase, Integer> entrances)
            implements AutoCloseable {

        static Legs start(Pair pair, String userId, String password) {
            TcpTarget echo = TcpTarget.xorEcho();
            NodeConfig server = new NodeConfig().level0("{handshake: 2}").outbound("free", "freedom", "{}");
            NodeConfig client = new NodeConfig();
            Map<ProtocolCase, Integer> entrances = new EnumMap<>(ProtocolCase.class);
            String fixed = "{address: '127.0.0.1', port: %d}".formatted(echo.port());
            for (ProtocolCase protocol : PROTOCOLS) {
                String tag = protocol.name();
                int port = Ports.free();
                int entrance = Ports.free();
                entrances.put(protocol, entrance);
                server.inbound(tag, port, protocol.protocol(), protocol.inbound());
                client.inbound("to " + tag, entrance, "dokodemo-door", fixed)
                        .outbound(tag, protocol.protocol(), protocol.outbound("127.0.0.1", port, userId, password))
                        .route("to " + tag, tag);
            }
            return new Legs(
                    echo, ProxyNode.start(pair.server(), server), ProxyNode.start(pair.client(), client), entrances);
        }

        int entrance(ProtocolCase protocol) {
            return Objects.requireNonNull(entrances.get(protocol));
        }

        Map<ProtocolCase, Socket> connectAll() throws IOException {
            Map<ProtocolCase, Socket> sockets = new EnumMap<>(ProtocolCase.class);
            for (Map.Entry<ProtocolCase, Integer> entrance : entrances.entrySet()) {
                sockets.put(entrance.getKey(), Clients.connect(entrance.getValue()));
            }
            return sockets;
        }

        @Override
        public void close() {
            try (echo;
                    server;
                    client) {
                server.expectCleanLog();
                client.expectCleanLog();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void a_killed_server_ends_the_sessions_at_the_client(Pair pair) throws IOException {
        try (Legs legs = Legs.start(pair, ProtocolCase.USER_ID, "password")) {
            Map<ProtocolCase, Socket> sockets = legs.connectAll();
            for (Socket socket : sockets.values()) {
                exchange(socket);
            }
            legs.server.kill();
            expectAllOver(sockets);
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void a_killed_client_ends_the_sessions_at_the_target(Pair pair) throws IOException {
        try (Legs legs = Legs.start(pair, ProtocolCase.USER_ID, "password")) {
            for (Socket socket : legs.connectAll().values()) {
                exchange(socket);
            }
            assertThat(legs.echo.ended()).isZero();
            legs.client.kill();
            Await.until(WITHIN, legs.echo::toString, () -> legs.echo.ended() == PROTOCOLS.size());
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void wrong_credentials_reach_nothing(Pair pair) throws IOException {
        try (Legs legs = Legs.start(pair, STRANGER, "guess")) {
            Map<ProtocolCase, Socket> sockets = legs.connectAll();
            for (Socket socket : sockets.values()) {
                socket.getOutputStream().write(new Payload(1).bytes(0, 4_000));
            }
            expectAllOver(sockets);
            assertThat(legs.echo.accepted()).isZero();
        }
    }

    /** The pairs in which what one program counts is what the other does. */
    private static Stream<Pair> mixedPairs() {
        return Pair.all().filter(pair -> pair.client() != pair.server());
    }

    @Tag("faults")
    @Test
    void more_chunks_than_the_counter_can_count() {
        XorExchange.atOnce(
                mixedPairs()
                        .map(pair -> XorExchange.named(pair, () -> moreChunksThanCanBeCounted(pair)))
                        .toList(),
                MANY_TURNS);
    }

    private static void moreChunksThanCanBeCounted(Pair pair) throws IOException {
        try (Legs legs = Legs.start(pair, ProtocolCase.USER_ID, "password");
                Socket socket = Clients.connect(legs.entrance(ProtocolCase.VMESS_AES_128_GCM))) {
            // One byte at a time, each answered before the next: nothing on the way can join two of them.
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] bytes = new Payload(9).bytes(0, CHUNKS);
            for (int i = 0; i < CHUNKS; i++) {
                out.write(bytes[i]);
                if (in.read() != ((bytes[i] ^ Payload.XOR) & 0xFF)) {
                    throw new AssertionError("chunk " + i + " came back wrong");
                }
            }
        }
    }

    private static void exchange(Socket socket) throws IOException {
        Streams.exchange(socket, 50_000);
    }

    private static void expectAllOver(Map<ProtocolCase, Socket> sockets) {
        XorExchange.atOnce(
                sockets.entrySet().stream()
                        .map(leg -> XorExchange.named(leg.getKey(), () -> expectOver(leg.getValue())))
                        .toList(),
                WITHIN.multipliedBy(3));
    }

    private static void expectOver(Socket socket) throws IOException {
        socket.setSoTimeout((int) WITHIN.multipliedBy(2).toMillis());
        try (socket) {
            Streams.expectOver(socket);
        }
    }
}
