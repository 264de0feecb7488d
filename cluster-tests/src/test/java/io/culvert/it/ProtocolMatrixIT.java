package io.culvert.it;

import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.Choice;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every protocol, cipher and security between every pair of programs of which one is Culvert, through one process of each. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class ProtocolMatrixIT {
    private static final int CONNECTIONS = 10;
    private static final long BYTES = 10L << 20;
    private static final long FEW_BYTES = 256L << 10;
    private static final Duration WITHIN = Duration.ofSeconds(60);

    /** What is between the two nodes. */
    record Leg(ProtocolCase protocol, boolean tls) {
        @Override
        public String toString() {
            return protocol + (tls ? " over TLS" : "");
        }
    }

    static Stream<Leg> legs() {
        return Arrays.stream(ProtocolCase.values())
                .flatMap(protocol -> Stream.of(new Leg(protocol, false), new Leg(protocol, true)));
    }

    static Stream<Leg> legsWithDatagrams() {
        // SOCKS sends its datagrams beside the connection, where TLS does not reach.
        return legs().filter(leg -> leg.protocol.datagramsInStream() || (leg.protocol.datagrams() && !leg.tls));
    }

    /** The processes and targets of one pair. */
    static final class Setup implements AutoCloseable {
        final Certificates certificates = Certificates.create();
        final TcpTarget target = TcpTarget.xorEcho();
        final UdpTarget udpTarget = new UdpTarget(target.port());
        final Map<Leg, Integer> entrances = new HashMap<>();
        final Set<Leg> moveAll;
        final int ipv6Entrance = Ports.free();
        final ProxyNode server;
        final ProxyNode client;

        Setup(Pair pair) {
            moveAll = Choice.of(pair + " of protocols", legs().toList());
            NodeConfig serverConfig = new NodeConfig().outbound("free", "freedom", "{}");
            NodeConfig clientConfig = new NodeConfig();
            String fixed = "{address: '127.0.0.1', port: " + target.port() + ", network: 'tcp,udp'}";
            for (Leg leg : legs().toList()) {
                ProtocolCase protocol = leg.protocol;
                String tag = leg.toString();
                String serverStream = leg.tls ? certificates.serverStream(protocol.alpn()) : "{}";
                String clientStream = leg.tls ? certificates.clientStream(protocol.alpn()) : "{}";
                int port = Ports.free();
                int entrance = Ports.free();
                entrances.put(leg, entrance);
                serverConfig.inbound(tag, "127.0.0.1", port, protocol.protocol(), protocol.inbound(), serverStream);
                clientConfig
                        .inbound("to " + tag, entrance, "dokodemo-door", fixed)
                        .outbound(tag, protocol.protocol(), protocol.outbound("127.0.0.1", port), clientStream)
                        .route("to " + tag, tag);
            }
            addIpv6(serverConfig, clientConfig, fixed, ipv6Entrance);
            server = ProxyNode.start(pair.server(), serverConfig);
            client = ProxyNode.start(pair.client(), clientConfig);
        }

        private static void addIpv6(NodeConfig server, NodeConfig client, String fixed, int entrance) {
            ProtocolCase protocol = ProtocolCase.VMESS_AES_128_GCM;
            int port = Ports.free();
            server.inbound("ipv6", "::1", port, protocol.protocol(), protocol.inbound(), "{}");
            client.inbound("to ipv6", "::1", entrance, "dokodemo-door", fixed, "{}")
                    .outbound("ipv6", protocol.protocol(), protocol.outbound("::1", port))
                    .route("to ipv6", "ipv6");
        }

        @Override
        public void close() {
            try (certificates;
                    target;
                    udpTarget;
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

    ProtocolMatrixIT(Setup setup) {
        this.setup = setup;
    }

    @ParameterizedTest
    @MethodSource("legs")
    void ten_connections_at_once(Leg leg) {
        XorExchange.run(entrance(leg), CONNECTIONS, setup.moveAll.contains(leg) ? BYTES : FEW_BYTES, WITHIN);
    }

    @ParameterizedTest
    @MethodSource("legsWithDatagrams")
    void datagrams(Leg leg) throws IOException {
        try (UdpClient client = UdpClient.to(entrance(leg).getPort())) {
            client.expectXorEcho(10, 1_024);
            client.expectXorEcho(1, 1_400);
            client.expectXorEcho(1, 1);
        }
    }

    @Test
    void listens_and_dials_on_ipv6() throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("::1");
        XorExchange.run(new InetSocketAddress(loopback, setup.ipv6Entrance), 2, 1 << 20, WITHIN);
    }

    private InetSocketAddress entrance(Leg leg) {
        Integer port = setup.entrances.get(leg);
        if (port == null) {
            throw new IllegalStateException("no entrance for " + leg);
        }
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
