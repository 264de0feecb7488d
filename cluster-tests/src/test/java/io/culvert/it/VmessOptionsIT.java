package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.UdpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What V2Ray 4.34 does not know of VMess: our client to our server, both in one node. */
class VmessOptionsIT {
    private static final String ID = "b831381d-6324-4d53-ad4f-8cda48b30811";
    private static final int DATAGRAMS = 20;
    private static final Duration WITHIN = Duration.ofSeconds(20);
    private static final TcpTarget TARGET = TcpTarget.xorEcho();
    private static final UdpTarget UDP_TARGET = new UdpTarget(TARGET.port());
    private static final Map<String, Integer> ENTRANCES = new LinkedHashMap<>();
    private static final ProxyNode NODE = start();

    private static ProxyNode start() {
        int server = Ports.free();
        int legacy = Ports.free();
        NodeConfig config = new NodeConfig()
                .outbound("free", "freedom", "{}")
                .inbound("server", server, "vmess", "{clients: [{id: '%s'}]}".formatted(ID))
                .inbound("legacy", legacy, "vmess", "{clients: [{id: '%s', alterId: 4}]}".formatted(ID));
        String both = "AuthenticatedLength|NoTerminationSignal";
        client(config, server, 0, "aes-128-gcm", "AuthenticatedLength");
        client(config, server, 0, "chacha20-poly1305", both);
        client(config, server, 0, "aes-128-gcm", "NoTerminationSignal");
        client(config, legacy, 4, "aes-128-gcm", both);
        client(config, server, 0, "zero", "");
        return ProxyNode.start(Program.CULVERT, config);
    }

    private static void client(NodeConfig config, int server, int alterId, String security, String experiments) {
        String tag = security + " " + alterId + " " + experiments;
        int entrance = Ports.free();
        ENTRANCES.put(tag, entrance);
        config.inbound(
                        "to " + tag,
                        entrance,
                        "dokodemo-door",
                        "{address: '127.0.0.1', port: %d, network: 'tcp,udp'}".formatted(TARGET.port()))
                .outbound(
                        tag,
                        "vmess",
                        ("{vnext: [{address: '127.0.0.1', port: %d, users: [{id: '%s', alterId: %d, security: '%s',"
                                        + " experiments: '%s'}]}]}")
                                .formatted(server, ID, alterId, security, experiments))
                .route("to " + tag, tag);
    }

    @AfterAll
    static void close() {
        try (TARGET;
                UDP_TARGET;
                NODE) {
            NODE.expectCleanLog();
        }
    }

    @Test
    void streams_both_ways() {
        for (int entrance : ENTRANCES.values()) {
            XorExchange.run(new InetSocketAddress(InetAddress.getLoopbackAddress(), entrance), 2, 1 << 20, WITHIN);
        }
    }

    /** The first ones wait together for the connection: what runs together on the way comes back as something else. */
    @Test
    void datagrams_at_once_stay_apart() throws IOException {
        for (Map.Entry<String, Integer> entrance : ENTRANCES.entrySet()) {
            List<String> sent = new ArrayList<>();
            List<String> answers = new ArrayList<>();
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.setSoTimeout((int) WITHIN.toMillis());
                for (int i = 0; i < DATAGRAMS; i++) {
                    byte[] payload = new Payload(i).bytes(0, 1 + 70 * i);
                    socket.send(new DatagramPacket(
                            payload, payload.length, InetAddress.getLoopbackAddress(), entrance.getValue()));
                    Payload.xor(payload, payload.length, Payload.XOR);
                    sent.add(HexFormat.of().formatHex(payload));
                }
                DatagramPacket answer = new DatagramPacket(new byte[1 << 16], 1 << 16);
                for (int i = 0; i < DATAGRAMS; i++) {
                    socket.receive(answer);
                    answers.add(HexFormat.of().formatHex(answer.getData(), 0, answer.getLength()));
                }
            }
            assertThat(answers).as(entrance.getKey()).containsExactlyInAnyOrderElementsOf(sent);
        }
    }
}
