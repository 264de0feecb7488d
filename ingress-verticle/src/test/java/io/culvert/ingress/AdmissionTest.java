package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.config.TransportSettings;
import io.culvert.ingress.listener.HalfOpen;
import io.culvert.model.Cidr;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may hold how many connections without a request. Sources are made by PROXY headers. */
class AdmissionTest {
    private static final int MOST = HalfOpen.MOST_OF_SOURCE;
    private static final InboundSettings VLESS = new InboundSettings.Vless(
            List.of(new InboundSettings.VlessUser(UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811"), 0, "")),
            true);

    private static NodeRig.Builder behindBalancer(int port, TransportSettings transport, String... fronts) {
        SockoptConfig sockopt = new SockoptConfig(
                0,
                true,
                SockoptConfig.UNSET,
                TransparentMode.OFF,
                0,
                0,
                List.of(fronts).stream().map(Cidr::parse).toList());
        StreamConfig stream = new StreamConfig(transport, new SecuritySettings.None(), sockopt);
        return new NodeRig.Builder().inbound("in", "127.0.0.1", port, VLESS, stream);
    }

    private static void send(Peer peer, String text) throws IOException {
        peer.send(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static Peer from(NodeRig node, int port, String source) throws IOException {
        Peer peer = node.connect(port);
        send(
                peer,
                "PROXY TCP" + (source.contains(":") ? "6 " + source + " ::1" : "4 " + source + " 127.0.0.1")
                        + " 4000 443\r\n");
        return peer;
    }

    /** The connections whose header has been read: until then they are the balancer's, which is on this host. */
    private static int strangers(NodeRig node) {
        return node.ingress().halfOpen().now() - node.ingress().halfOpen().fronts();
    }

    private static void fill(NodeRig node, int port, String source) throws IOException {
        int before = strangers(node);
        for (int i = 0; i < MOST; i++) {
            from(node, port, source);
        }
        Await.until("all are counted", () -> strangers(node) == before + MOST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "ws", "h2"})
    void aSourceHasSoManyAndOthersAreNotConcerned(String transport) throws Exception {
        int port = NodeRig.freePort();
        TransportSettings settings = switch (transport) {
            case "tcp" -> new TransportSettings.Raw();
            case "ws" -> new TransportSettings.WebSocket("/", Map.of(), 0, "", true);
            default -> new TransportSettings.Http2(List.of(), "/", "PUT", Map.of(), true);
        };
        try (NodeRig node = behindBalancer(port, settings).start()) {
            fill(node, port, "198.51.100.7");
            Peer refused = from(node, port, "198.51.100.7");
            assertThat(refused.readToEnd().clean()).as("a reset").isFalse();
            assertThat(node.ingress().halfOpen().overSource()).isEqualTo(1);
            assertThat(node.ingress().overLimit()).isEqualTo(1);
            from(node, port, "198.51.100.8");
            Await.until("another source is served", () -> strangers(node) == MOST + 1);
        }
    }

    @Test
    void anIpv6PrefixIsOneSource() throws Exception {
        int port = NodeRig.freePort();
        try (NodeRig node = behindBalancer(port, new TransportSettings.Raw()).start()) {
            fill(node, port, "2a00:1:2:3::1");
            assertThat(from(node, port, "2a00:1:2:3:4::5").readToEnd().clean()).isFalse();
            from(node, port, "2a00:1:2:4::5");
            Await.until("the next prefix is served", () -> strangers(node) == MOST + 1);
        }
    }

    @Test
    void aTrustedFrontHasNoLimitOfItsOwn() throws Exception {
        int port = NodeRig.freePort();
        try (NodeRig node = behindBalancer(port, new TransportSettings.Raw(), "198.51.100.0/24")
                .start()) {
            for (int i = 0; i < 2 * MOST; i++) {
                from(node, port, "198.51.100.7").send(new byte[64]);
            }
            Await.until("all are held", () -> node.lines().size() == 2 * MOST);
            assertThat(strangers(node)).isZero();
            assertThat(node.ingress().overLimit()).isZero();
        }
    }

    /** However full the node is: what it has accepted is held like everything else. */
    @Test
    void whoeverIsAcceptedMeetsTheDeadlineAndAFin() throws Exception {
        int port = NodeRig.freePort();
        try (NodeRig node = behindBalancer(port, new TransportSettings.Raw())
                .shortDeadline()
                .start()) {
            fill(node, port, "198.51.100.7");
            List<Peer> probes = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < MOST; i++) {
                Peer peer = from(node, port, "198.51.100.8");
                peer.send(new byte[16 + 1_000 * i]);
                probes.add(peer);
            }
            for (Peer probe : probes) {
                Peer.Ending ending = probe.readToEnd();
                assertThat(ending.clean()).isTrue();
                assertThat(ending.bytes()).isEmpty();
            }
            assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThanOrEqualTo(NodeRig.DEADLINE_MILLIS);
            node.awaitQuiet();
        }
    }

    /** An HTTP/2 connection that has made no request is counted, whatever became of its streams, and ends at the deadline. */
    @Test
    void aConnectionWithoutARequestDoesNotStay() throws Exception {
        int port = NodeRig.freePort();
        TransportSettings settings = new TransportSettings.Http2(List.of(), "/", "PUT", Map.of(), true);
        try (NodeRig node = behindBalancer(port, settings).shortDeadline().start()) {
            Peer peer = from(node, port, "198.51.100.7");
            send(peer, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            // SETTINGS, then HEADERS of stream 1: PUT, http, path "/", authority "a".
            peer.send(
                    HexFormat.of().parseHex("000000040000000000" + "00000a010400000001" + "0203505554868441" + "0161"));
            assertThat(peer.readToEnd().clean()).isTrue();
            assertThat(node.awaitLine("rejected")).startsWith("198.51.100.7:4000 rejected  handshake timeout");
            node.awaitQuiet();
        }
    }
}
