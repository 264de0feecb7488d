package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is mKCP's own: every disguise with and without seed, and what becomes of a session whose peer has gone. */
class KcpTransportIT {
    private static final List<String> HEADERS = List.of("none", "srtp", "utp", "wechat-video", "dtls", "wireguard");
    private static final ProtocolCase PROTOCOL = ProtocolCase.VMESS_AES_128_GCM;
    private static final long BYTES = 1L << 20;
    private static final Duration WITHIN = Duration.ofSeconds(60);

    /** Nothing heard for 30 s closes a session (wire-formats section 16.8), and then it takes up to 8 s to be forgotten. */
    private static final Duration FORGOTTEN_WITHIN = Duration.ofSeconds(50);

    static Stream<Pair> pairs() {
        return Pair.withCulvert();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void every_header_with_and_without_seed(Pair pair) {
        NodeConfig serverConfig = new NodeConfig().outbound("free", "freedom", "{}");
        NodeConfig clientConfig = new NodeConfig();
        List<InetSocketAddress> entrances = new ArrayList<>();
        try (TcpTarget echo = TcpTarget.xorEcho()) {
            for (String header : HEADERS) {
                for (String seed : List.of("", ", seed: 'secret'")) {
                    entrances.add(leg(
                            serverConfig,
                            clientConfig,
                            header + seed.length(),
                            "{network: 'kcp', kcpSettings: {header: {type: '" + header + "'}" + seed + "}}",
                            echo));
                }
            }
            try (ProxyNode server = ProxyNode.start(pair.server(), serverConfig);
                    ProxyNode client = ProxyNode.start(pair.client(), clientConfig)) {
                for (InetSocketAddress entrance : entrances) {
                    XorExchange.run(entrance, 2, BYTES, WITHIN);
                }
                server.expectCleanLog();
                client.expectCleanLog();
            }
        }
    }

    private static InetSocketAddress leg(
            NodeConfig server, NodeConfig client, String tag, String stream, TcpTarget target) {
        int port = Ports.free();
        int entrance = Ports.free();
        server.inbound(tag, "127.0.0.1", port, PROTOCOL.protocol(), PROTOCOL.inbound(), stream);
        client.inbound(
                        "to " + tag,
                        entrance,
                        "dokodemo-door",
                        "{address: '127.0.0.1', port: %d}".formatted(target.port()))
                .outbound(tag, PROTOCOL.protocol(), PROTOCOL.outbound("127.0.0.1", port), stream)
                .route("to " + tag, tag);
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), entrance);
    }

    static Stream<Pair> toCulvert() {
        return Pair.toCulvert();
    }

    @ParameterizedTest
    @MethodSource("toCulvert")
    void a_session_whose_client_was_killed_is_forgotten(Pair pair) throws IOException {
        NodeConfig serverConfig = new NodeConfig().outbound("free", "freedom", "{}");
        NodeConfig clientConfig = new NodeConfig();
        try (TcpTarget echo = TcpTarget.xorEcho()) {
            InetSocketAddress entrance = leg(serverConfig, clientConfig, "kcp", "{network: 'kcp'}", echo);
            try (ProxyNode server = ProxyNode.start(pair.server(), serverConfig);
                    ProxyNode client = ProxyNode.start(pair.client(), clientConfig)) {
                int before = server.openSockets();
                Payload payload = new Payload(1);
                try (Socket socket = Clients.connect(entrance)) {
                    Streams.send(socket.getOutputStream(), payload, 100);
                    Streams.expect(socket.getInputStream(), payload, 100, Payload.XOR);
                    assertThat(server.openSockets()).isGreaterThan(before);
                    client.kill();
                }
                server.expectSocketsBackTo(before, FORGOTTEN_WITHIN);
                server.expectCleanLog();
            }
        }
    }
}
