package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Peers;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import io.culvert.it.harness.XorExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** HTTP/2 between a Culvert and a V2Ray, gRPC's tunnel between two Culverts, and what others hear from the server. */
class Http2TransportIT {
    private static final int CONNECTIONS = 10;
    private static final long BYTES = 10L << 20;
    private static final Duration WITHIN = Duration.ofSeconds(60);
    private static final String HTTP2 = "'http', httpSettings: {path: '/h2', host: ['a.test', 'b.test']}";

    static Stream<Arguments> legs() {
        return Stream.concat(
                Pair.withCulvert().flatMap(pair -> protocols().map(protocol -> Arguments.of(pair, protocol, HTTP2))),
                protocols()
                        .flatMap(protocol -> Stream.of("true", "false")
                                .map(multi -> Arguments.of(
                                        new Pair(Program.CULVERT, Program.CULVERT), protocol, grpc(multi)))));
    }

    private static String grpc(String multi) {
        return "'grpc', grpcSettings: {serviceName: 'tunnel', multiMode: " + multi + "}";
    }

    private static Stream<ProtocolCase> protocols() {
        return Stream.of(ProtocolCase.VMESS_AES_128_GCM, ProtocolCase.VLESS);
    }

    @ParameterizedTest(name = "{0}, {1}, {2}")
    @MethodSource("legs")
    void bytes_datagrams_and_a_server_that_comes_back(Pair pair, ProtocolCase protocol, String network)
            throws Exception {
        int port = Ports.free();
        int entrance = Ports.free();
        try (Certificates certificates = Certificates.create();
                TcpTarget target = TcpTarget.xorEcho();
                UdpTarget _ = new UdpTarget(target.port())) {
            NodeConfig serverConfig = new NodeConfig()
                    .outbound("free", "freedom", "{}")
                    .inbound(
                            "in",
                            "127.0.0.1",
                            port,
                            protocol.protocol(),
                            protocol.inbound(),
                            certificates.serverStream("").replace("'tcp'", network));
            NodeConfig clientConfig = new NodeConfig()
                    .inbound(
                            "door",
                            entrance,
                            "dokodemo-door",
                            "{address: '127.0.0.1', port: " + target.port() + ", network: 'tcp,udp'}")
                    .outbound(
                            "out",
                            protocol.protocol(),
                            protocol.outbound("127.0.0.1", port),
                            certificates.clientStream("").replace("'tcp'", network));
            InetSocketAddress door = new InetSocketAddress(InetAddress.getLoopbackAddress(), entrance);
            ProxyNode server = ProxyNode.start(pair.server(), serverConfig);
            try (ProxyNode client = ProxyNode.start(pair.client(), clientConfig)) {
                XorExchange.run(door, CONNECTIONS, BYTES, WITHIN);
                try (UdpClient udp = UdpClient.to(entrance)) {
                    udp.expectXorEcho(10, 1_024);
                }
                server.expectCleanLog();
                server.kill();
                server.close();
                server = ProxyNode.start(pair.server(), serverConfig);
                XorExchange.run(door, 2, 1 << 20, WITHIN);
                client.expectCleanLog();
            } finally {
                server.close();
            }
        }
    }

    private static final List<String> CURL =
            List.of("curl", "-sk", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}");

    @ParameterizedTest
    @CsvSource({
        "true, --http2, a.test, /h2, 200",
        "true, --http2, a.test, /h2/more?x=1, 200",
        "true, --http2, A.test, /nope, 404",
        "true, --http2, c.test, /h2, 404",
        "true, --http1.1, a.test, /h2, 404",
        "false, --http2-prior-knowledge, b.test, /h2, 200",
        "false, --http2-prior-knowledge, b.test, /nope, 404",
        "false, --http2, b.test, /h2, 200",
        "false, --http2, c.test, /h2, 404",
        "false, --http1.1, b.test, /h2, 404",
    })
    void a_stranger_hears(boolean tls, String version, String host, String path, String status) {
        Peers.require("curl");
        int port = Ports.free();
        try (Certificates certificates = Certificates.create();
                ProxyNode server = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .outbound("free", "freedom", "{}")
                                .inbound(
                                        "in",
                                        "127.0.0.1",
                                        port,
                                        "vmess",
                                        ProtocolCase.VMESS_AES_128_GCM.inbound(),
                                        tls
                                                ? certificates.serverStream("").replace("'tcp'", HTTP2)
                                                : "{network: " + HTTP2 + "}"))) {
            List<String> command = new ArrayList<>(CURL);
            command.addAll(List.of(
                    version, "--connect-to", "::127.0.0.1:" + port, (tls ? "https://" : "http://") + host + path));
            assertThat(Peers.run(Duration.ofSeconds(20), command).output()).isEqualTo(status);
            server.expectCleanLog();
        }
    }

    @Test
    void a_client_that_is_killed_leaves_nothing() {
        int port = Ports.free();
        int entrance = Ports.free();
        try (Certificates certificates = Certificates.create();
                TcpTarget target = TcpTarget.xorEcho();
                ProxyNode server = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .outbound("free", "freedom", "{}")
                                .inbound(
                                        "in",
                                        "127.0.0.1",
                                        port,
                                        "vless",
                                        ProtocolCase.VLESS.inbound(),
                                        certificates.serverStream("").replace("'tcp'", HTTP2)))) {
            int before = server.openSockets();
            InetSocketAddress door = new InetSocketAddress(InetAddress.getLoopbackAddress(), entrance);
            try (ProxyNode client = ProxyNode.start(
                    Program.CULVERT,
                    new NodeConfig()
                            .inbound(
                                    "door",
                                    entrance,
                                    "dokodemo-door",
                                    "{address: '127.0.0.1', port: " + target.port() + "}")
                            .outbound(
                                    "out",
                                    "vless",
                                    ProtocolCase.VLESS.outbound("127.0.0.1", port),
                                    certificates.clientStream("").replace("'tcp'", HTTP2)))) {
                Thread flow = Thread.ofVirtual().start(() -> {
                    try {
                        XorExchange.run(door, CONNECTIONS, 10 * BYTES, WITHIN);
                    } catch (AssertionError _) {
                        // The killed node is in the way.
                    }
                });
                Await.until(WITHIN, () -> "no session", () -> server.openSockets() > before + CONNECTIONS);
                client.kill();
                flow.interrupt();
            }
            server.expectSocketsBackTo(before, Duration.ofSeconds(20));
            server.expectCleanLog();
        }
    }
}
