package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** VMess and VLESS over the transports whose handshake is HTTP/1.1, between every pair of programs that has them. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class HttpTransportsIT {
    private static final int CONNECTIONS = 10;
    private static final long BYTES = 10L << 20;
    private static final int REQUEST = 300_000;
    private static final int RESPONSE = 1_000_000;
    private static final Payload UP = new Payload(1);
    private static final Payload DOWN = new Payload(2);
    private static final Duration WITHIN = Duration.ofSeconds(60);

    /** What is between the two nodes. */
    enum Carrier {
        WS(true, "ws", "wsSettings: {path: '/ray', headers: {Host: 'it.example'}}"),
        WS_EARLY(false, "ws", "wsSettings: {path: '/ray?ed=2048'}"),
        WS_EARLY_IN_PATH(false, "ws", "wsSettings: {path: '/ray/', maxEarlyData: 2048}"),
        DISGUISE(true, "tcp", "tcpSettings: {header: {type: 'http', request: {path: ['/a', '/b']}}}"),
        UPGRADE(false, "httpupgrade", "httpupgradeSettings: {path: '/up'}"),
        UPGRADE_EARLY(false, "httpupgrade", "httpupgradeSettings: {path: '/up?ed=2048'}");

        final boolean inV2ray;
        final String network;
        final String settings;

        Carrier(boolean inV2ray, String network, String settings) {
            this.inV2ray = inV2ray;
            this.network = network;
            this.settings = settings;
        }

        String with(String security) {
            return security.replace("network: 'tcp'", "network: '" + network + "', " + settings);
        }
    }

    /** What is between the two nodes. */
    record Leg(ProtocolCase protocol, Carrier carrier, boolean tls) {
        @Override
        public String toString() {
            return protocol + " over " + carrier + (tls ? " over TLS" : "");
        }
    }

    static Stream<Leg> legs(Pair pair) {
        boolean both = pair.client() == Program.CULVERT && pair.server() == Program.CULVERT;
        return Stream.of(Carrier.values())
                .filter(carrier -> both || carrier.inV2ray)
                .flatMap(carrier -> Stream.of(ProtocolCase.VMESS_AES_128_GCM, ProtocolCase.VLESS)
                        .flatMap(protocol -> Stream.of(false, true)
                                .filter(tls -> !tls || carrier.inV2ray)
                                .map(tls -> new Leg(protocol, carrier, tls))));
    }

    /** The processes and targets of one pair. */
    static final class Setup implements AutoCloseable {
        final Pair pair;
        final List<Leg> legs;
        final Certificates certificates = Certificates.create();
        final TcpTarget echo = TcpTarget.xorEcho();
        final UdpTarget udpEcho = new UdpTarget(echo.port());
        final TcpTarget atEnd = TcpTarget.answersAtEnd();
        final TcpTarget source = TcpTarget.source(DOWN, RESPONSE);
        final Map<List<Object>, Integer> entrances = new HashMap<>();
        final Map<Leg, Integer> servers = new HashMap<>();
        final ProxyNode server;
        final ProxyNode client;

        Setup(Pair pair) {
            this.pair = pair;
            this.legs = legs(pair).toList();
            NodeConfig serverConfig = new NodeConfig().outbound("free", "freedom", "{}");
            NodeConfig clientConfig = new NodeConfig();
            for (Leg leg : legs) {
                ProtocolCase protocol = leg.protocol;
                String tag = leg.toString();
                String plain = "{network: 'tcp'}";
                int port = Ports.free();
                servers.put(leg, port);
                serverConfig.inbound(
                        tag,
                        "127.0.0.1",
                        port,
                        protocol.protocol(),
                        protocol.inbound(),
                        leg.carrier.with(leg.tls ? certificates.serverStream("") : plain));
                clientConfig.outbound(
                        tag,
                        protocol.protocol(),
                        protocol.outbound("127.0.0.1", port),
                        leg.carrier.with(leg.tls ? certificates.clientStream("") : plain));
                for (TcpTarget target : List.of(echo, atEnd, source)) {
                    int entrance = Ports.free();
                    entrances.put(List.of(leg, target), entrance);
                    String network = target.equals(echo) ? "tcp,udp" : "tcp";
                    String fixed = "{address: '127.0.0.1', port: " + target.port() + ", network: '" + network + "'}";
                    clientConfig
                            .inbound(tag + target.port(), entrance, "dokodemo-door", fixed)
                            .route(tag + target.port(), tag);
                }
            }
            server = ProxyNode.start(pair.server(), serverConfig);
            client = ProxyNode.start(pair.client(), clientConfig);
        }

        int entrance(Leg leg, TcpTarget target) {
            Integer port = entrances.get(List.of(leg, target));
            if (port == null) {
                throw new IllegalStateException("no entrance for " + leg);
            }
            return port;
        }

        @Override
        public void close() {
            try (certificates;
                    echo;
                    udpEcho;
                    atEnd;
                    source;
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

    HttpTransportsIT(Setup setup) {
        this.setup = setup;
    }

    @Test
    void ten_connections_of_ten_mebibytes_at_once() {
        for (Leg leg : setup.legs) {
            InetSocketAddress entrance =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), setup.entrance(leg, setup.echo));
            XorExchange.named(leg, () -> XorExchange.run(entrance, CONNECTIONS, BYTES, WITHIN))
                    .run();
        }
    }

    @Test
    void datagrams() throws IOException {
        for (Leg leg : setup.legs) {
            try (UdpClient client = UdpClient.to(setup.entrance(leg, setup.echo))) {
                client.expectXorEcho(10, 1_024);
                client.expectXorEcho(1, 1_400);
                client.expectXorEcho(1, 1);
            }
        }
    }

    @Test
    void a_target_that_speaks_and_ends_is_heard_to_its_end() {
        onEveryLeg(leg -> {
            try (Socket socket = Clients.connect(setup.entrance(leg, setup.source))) {
                Streams.send(socket.getOutputStream(), UP, REQUEST);
                Streams.expect(socket.getInputStream(), DOWN, RESPONSE, (byte) 0);
                Streams.expectEnd(socket.getInputStream());
            }
        });
    }

    @Test
    void a_client_that_ends_first_hears_the_answer() {
        onEveryLeg(leg -> {
            try (Socket socket = Clients.connect(setup.entrance(leg, setup.atEnd))) {
                Streams.send(socket.getOutputStream(), UP, REQUEST);
                socket.shutdownOutput();
                byte[] answer = socket.getInputStream().readAllBytes();
                if (setup.pair.server() == Program.CULVERT
                        && (setup.pair.client() == Program.CULVERT || leg.protocol.marksEnd())) {
                    assertThat(answer)
                            .isEqualTo(ByteBuffer.allocate(8).putLong(REQUEST).array());
                } else {
                    // V2Ray never passes an end on by itself; what is asked of it is that the session does not hang.
                    assertThat(answer.length).isIn(0, 8);
                }
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("garbage")
    void what_is_no_handshake_is_answered_or_not_and_frees_its_socket(String name, String said) {
        byte[] bytes = said.getBytes(StandardCharsets.ISO_8859_1);
        if (setup.pair.server() != Program.CULVERT) {
            return;
        }
        int before = setup.server.openSockets();
        List<Runnable> probes = new ArrayList<>();
        setup.servers.forEach((leg, port) -> probes.add(XorExchange.named(name + " to " + leg, () -> {
            try (Socket socket = Clients.connect(port)) {
                socket.getOutputStream().write(bytes);
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (SocketException _) {
                // Bytes that nobody reads any more are answered by a reset.
            }
        })));
        XorExchange.atOnce(probes, WITHIN);
        setup.server.expectSocketsBackTo(before, WITHIN);
        setup.server.expectCleanLog();
    }

    static Stream<Arguments> garbage() {
        String upgrade = """
                Host: a\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r
                """;
        return Stream.of(
                        Map.entry("nothing", ""),
                        Map.entry("half a request", "GET /ray HTTP/1.1\r\nHost: a\r\n"),
                        Map.entry("another path", "GET /other HTTP/1.1\r\n" + upgrade),
                        Map.entry("no upgrade", "GET /ray HTTP/1.1\r\nHost: a\r\n\r\n"),
                        Map.entry("an unmasked frame", "GET /ray HTTP/1.1\r\n" + upgrade + "\u0082\u0003abc"),
                        Map.entry("half a frame", "GET /ray HTTP/1.1\r\n" + upgrade + "\u0082\u00ff\u0000\u0000"),
                        Map.entry("no HTTP", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000"),
                        Map.entry("a long header", "GET /ray HTTP/1.1\r\nX: " + "y".repeat(20_000)))
                .map(one -> Arguments.of(one.getKey(), one.getValue()));
    }

    private interface OnLeg {
        void run(Leg leg) throws IOException;
    }

    private void onEveryLeg(OnLeg act) {
        XorExchange.atOnce(
                setup.legs.stream()
                        .map(leg -> XorExchange.named(leg, () -> act.run(leg)))
                        .toList(),
                WITHIN);
    }
}
