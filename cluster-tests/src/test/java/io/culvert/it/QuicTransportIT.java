package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.QuicLeg;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** QUIC with every protection and disguise between a Culvert and a V2Ray, in both roles, and between two Culverts. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class QuicTransportIT {
    private static final int CONNECTIONS = 10;
    private static final long BYTES = 10L << 20;
    private static final long FEW_BYTES = 1L << 20;
    private static final int ALL_BYTES_ON = 6;
    private static final String HALF_CLOSED = "{uplinkOnly: 4, downlinkOnly: 4}";
    private static final int REQUEST = 300_000;
    private static final int RESPONSE = 1_000_000;
    private static final int DOWNLOAD = 24 << 20;
    /** What a session whose target never reads may have swallowed: windows of QUIC, queues of both nodes, four sockets. */
    private static final long IN_FLIGHT_AT_MOST = 64L << 20;

    private static final long GROWTH_AT_MOST_KIB = 128 << 10;
    private static final Payload UP = new Payload(1);
    private static final Payload DOWN = new Payload(2);
    private static final Duration WITHIN = Duration.ofSeconds(10);

    private static final List<QuicLeg> LEGS = List.of(
            new QuicLeg(ProtocolCase.VMESS_AES_128_GCM, "none", "none", false),
            new QuicLeg(ProtocolCase.VLESS, "none", "none", true),
            new QuicLeg(ProtocolCase.VMESS_AES_128_GCM, "aes-128-gcm", "wechat-video", true),
            new QuicLeg(ProtocolCase.VLESS, "aes-128-gcm", "wechat-video", false),
            new QuicLeg(ProtocolCase.VMESS_AES_128_GCM, "chacha20-poly1305", "dtls", false),
            new QuicLeg(ProtocolCase.VLESS, "chacha20-poly1305", "srtp", true),
            new QuicLeg(ProtocolCase.VMESS_AES_128_GCM, "none", "utp", true),
            new QuicLeg(ProtocolCase.VLESS, "chacha20-poly1305", "wireguard", false));

    /** The processes and targets of one pair. */
    static final class Setup implements AutoCloseable {
        final Pair pair;
        final Certificates certificates = Certificates.create();
        final TcpTarget echo = TcpTarget.xorEcho();
        final UdpTarget datagrams = new UdpTarget(echo.port());
        final TcpTarget atEnd = TcpTarget.answersAtEnd();
        final TcpTarget source = TcpTarget.source(DOWN, RESPONSE);
        final TcpTarget large = TcpTarget.source(DOWN, DOWNLOAD);
        final TcpTarget deaf = TcpTarget.neverReads();
        final Map<List<Object>, Integer> entrances = new HashMap<>();
        final ProxyNode server;
        final ProxyNode client;

        Setup(Pair pair) {
            this.pair = pair;
            NodeConfig serverConfig = new NodeConfig().outbound("free", "freedom", "{}");
            NodeConfig clientConfig = new NodeConfig();
            // The default of a second is too short for an answer on a machine that does ten things at once.
            serverConfig.level0(HALF_CLOSED);
            clientConfig.level0(HALF_CLOSED);
            for (QuicLeg leg : LEGS) {
                int port = Ports.free();
                leg.serve(serverConfig, port, certificates);
                leg.dial(clientConfig, port, certificates);
                for (TcpTarget target : List.of(echo, atEnd, source, large, deaf)) {
                    int entrance = Ports.free();
                    entrances.put(List.of(leg, target), entrance);
                    String fixed = "{address: '127.0.0.1', port: " + target.port() + ", network: 'tcp,udp'}";
                    clientConfig
                            .inbound(leg + " " + target.port(), entrance, "dokodemo-door", fixed)
                            .route(leg + " " + target.port(), leg.toString());
                }
            }
            server = ProxyNode.start(pair.server(), serverConfig);
            client = ProxyNode.start(pair.client(), clientConfig);
        }

        int entrance(QuicLeg leg, TcpTarget target) {
            Integer port = entrances.get(List.of(leg, target));
            if (port == null) {
                throw new IllegalStateException("no entrance for " + leg);
            }
            return port;
        }

        Socket connect(QuicLeg leg, TcpTarget target) throws IOException {
            Socket socket = Clients.connect(entrance(leg, target));
            socket.setSoTimeout((int) WITHIN.toMillis());
            return socket;
        }

        @Override
        public void close() {
            try (certificates;
                    echo;
                    datagrams;
                    atEnd;
                    source;
                    large;
                    deaf;
                    server;
                    client) {
                server.expectCleanLog();
                client.expectCleanLog();
            }
        }
    }

    static Stream<Named<Setup>> setups() {
        return Pair.withCulvert().map(it -> Named.of(it.toString(), new Setup(it)));
    }

    private final Setup setup;

    QuicTransportIT(Setup setup) {
        this.setup = setup;
    }

    @Test
    void bytes_and_datagrams() throws IOException {
        for (QuicLeg leg : LEGS) {
            int entrance = setup.entrance(leg, setup.echo);
            InetSocketAddress door = new InetSocketAddress(InetAddress.getLoopbackAddress(), entrance);
            // The last ones differ from others in their header only.
            long bytes = LEGS.indexOf(leg) < ALL_BYTES_ON ? BYTES : FEW_BYTES;
            XorExchange.run(door, CONNECTIONS, bytes, Duration.ofSeconds(60));
            try (UdpClient udp = UdpClient.to(entrance)) {
                udp.expectXorEcho(10, 1_024);
            }
        }
    }

    @Test
    void client_ends_first_and_the_target_answers_at_the_end() {
        onEveryLeg(leg -> {
            try (Socket socket = setup.connect(leg, setup.atEnd)) {
                Streams.send(socket.getOutputStream(), UP, REQUEST);
                socket.shutdownOutput();
                byte[] answer = answer(socket, carriesEndOfClient(leg));
                if (carriesEndOfClient(leg)) {
                    assertThat(answer)
                            .isEqualTo(ByteBuffer.allocate(8).putLong(REQUEST).array());
                } else {
                    // V2Ray never passes an end on by itself; what is asked of it is that the session does not hang.
                    assertThat(answer.length).isIn(0, 8);
                }
            }
        });
    }

    private static byte[] answer(Socket socket, boolean expected) throws IOException {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (SocketException reset) {
            if (expected) {
                throw reset;
            }
            return new byte[0];
        }
    }

    @Test
    void target_ends_first_and_the_client_hears_all() {
        long before = setup.source.received();
        AtomicLong sent = new AtomicLong();
        onEveryLeg(leg -> {
            try (Socket socket = setup.connect(leg, setup.source)) {
                Streams.send(socket.getOutputStream(), UP, 1);
                Streams.expect(socket.getInputStream(), DOWN, RESPONSE, (byte) 0);
                Streams.expectEnd(socket.getInputStream());
                if (isCulvertsOnly()) {
                    Streams.send(socket.getOutputStream(), UP, REQUEST);
                    socket.shutdownOutput();
                    sent.addAndGet(1 + REQUEST);
                }
            }
        });
        Await.until(WITHIN, setup.source::toString, () -> setup.source.received() >= before + sent.get());
    }

    @Test
    void client_resets_and_the_target_sees_an_end() {
        int accepted = setup.atEnd.accepted();
        onEveryLeg(leg -> {
            try (Socket socket = setup.connect(leg, setup.atEnd)) {
                Streams.send(socket.getOutputStream(), UP, 1_000);
                Await.until(WITHIN, setup.atEnd::toString, () -> setup.atEnd.accepted() >= accepted + LEGS.size());
                socket.setSoLinger(true, 0);
            }
        });
        Await.until(WITHIN, setup.atEnd::toString, () -> setup.atEnd.ended() == setup.atEnd.accepted());
    }

    @Test
    void a_client_that_reads_slowly_gets_everything_and_stops_nobody() throws IOException {
        QuicLeg leg = LEGS.getFirst();
        long before = setup.server.residentKib() + setup.client.residentKib();
        try (Socket socket = setup.connect(leg, setup.large)) {
            socket.getOutputStream().write(1);
            byte[] expected = new byte[1 << 20];
            for (int at = 0; at < DOWNLOAD; at += expected.length) {
                byte[] block = Clients.exactly(socket.getInputStream(), expected.length);
                DOWN.check(at, block, block.length, (byte) 0, expected);
                Await.pace(Duration.ofMillis(20));
                exchange(leg, 1_000);
            }
            Streams.expectEnd(socket.getInputStream());
        }
        assertThat(setup.server.residentKib() + setup.client.residentKib() - before)
                .isLessThan(GROWTH_AT_MOST_KIB);
    }

    @Test
    void a_target_that_never_reads_stops_its_client_and_nobody_else() throws IOException {
        QuicLeg leg = LEGS.get(1);
        long before = setup.server.residentKib() + setup.client.residentKib();
        try (Socket socket = setup.connect(leg, setup.deaf)) {
            AtomicLong sent = new AtomicLong();
            Thread.ofVirtual().start(() -> push(socket, sent));
            Await.until(Duration.ofSeconds(30), () -> "the client still sends: " + sent, () -> {
                long now = sent.get();
                return now > 0 && Await.held(Duration.ofMillis(700), () -> sent.get() == now);
            });
            assertThat(sent.get()).isLessThan(IN_FLIGHT_AT_MOST);
            exchange(leg, 1 << 20);
        }
        assertThat(setup.server.residentKib() + setup.client.residentKib() - before)
                .isLessThan(GROWTH_AT_MOST_KIB);
    }

    @Test
    void sessions_share_connections() throws IOException {
        QuicLeg leg = LEGS.get(2);
        for (int i = 0; i < 10; i++) {
            exchange(leg, 1_000);
        }
        if (setup.pair.client() != Program.CULVERT) {
            return;
        }
        int before = setup.client.openSockets();
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Socket socket = setup.connect(leg, setup.echo);
            open.add(socket);
            Streams.send(socket.getOutputStream(), UP, 1_000);
            Streams.expect(socket.getInputStream(), UP, 1_000, Payload.XOR);
        }
        // One for each client that waits here, and a connection of each loop that had none yet.
        assertThat(setup.client.openSockets() - before - open.size())
                .isLessThanOrEqualTo(Runtime.getRuntime().availableProcessors());
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void exchange(QuicLeg leg, long bytes) throws IOException {
        try (Socket socket = setup.connect(leg, setup.echo)) {
            Streams.send(socket.getOutputStream(), UP, bytes);
            Streams.expect(socket.getInputStream(), UP, bytes, Payload.XOR);
        }
    }

    private static void push(Socket socket, AtomicLong sent) {
        byte[] block = new byte[64 * 1024];
        try {
            while (sent.get() < 4 * IN_FLIGHT_AT_MOST) {
                socket.getOutputStream().write(block);
                sent.addAndGet(block.length);
            }
        } catch (IOException _) {
            // The test has closed the socket under it.
        }
    }

    private interface OnLeg {
        void run(QuicLeg leg) throws IOException;
    }

    private static void onEveryLeg(OnLeg act) {
        XorExchange.atOnce(
                LEGS.stream()
                        .map(leg -> XorExchange.named(leg, () -> act.run(leg)))
                        .toList(),
                Duration.ofSeconds(30));
    }

    /** Whether the target learns that the client has ended its output while the client still listens. */
    private boolean carriesEndOfClient(QuicLeg leg) {
        return setup.pair.server() == Program.CULVERT
                && (setup.pair.client() == Program.CULVERT || leg.protocol().marksEnd());
    }

    private boolean isCulvertsOnly() {
        return setup.pair.server() == Program.CULVERT && setup.pair.client() == Program.CULVERT;
    }
}
