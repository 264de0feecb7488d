package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.Account;
import io.culvert.config.InboundSettings;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams through every inbound of this version that needs no cipher, from socket to socket. */
class StreamInboundsTest {
    private static final byte[] MUCH = Payload.of(1, 10 << 20);
    /** Java's own TLS sockets are slow under the leak detector. */
    private static final byte[] LESS = Payload.of(2, 1 << 20);

    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final Address LOOPBACK = Address.parse("127.0.0.1");

    private @Nullable NodeRig rig;

    @AfterEach
    void close() throws Exception {
        if (rig != null) {
            rig.awaitQuiet();
            rig.close();
        }
    }

    private NodeRig start(NodeRig.Builder builder) throws Exception {
        NodeRig own = builder.start();
        rig = own;
        return own;
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static String port(int port) {
        return "%04x".formatted(port);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Both ways at once, then both ends. */
    private static void exchange(Peer peer) {
        NodeRig.sendAndFinish(peer, MUCH);
        Peer.Ending ending = peer.readToEnd();
        assertThat(ending.clean())
                .as("clean end after %d bytes", ending.bytes().length)
                .isTrue();
        assertThat(ending.bytes()).hasSize(MUCH.length).isEqualTo(NodeRig.xor(MUCH));
    }

    private static InboundSettings dokodemo(int port) {
        return new InboundSettings.Dokodemo(LOOPBACK, port, Set.of(Network.TCP), false, 0);
    }

    private static InboundSettings socks(Account... accounts) {
        return new InboundSettings.Socks(accounts.length > 0, List.of(accounts), false, null, 0, false);
    }

    private static InboundSettings vless() {
        return new InboundSettings.Vless(List.of(new InboundSettings.VlessUser(ID, 0, "love@v2ray.com")), false);
    }

    private static byte[] vlessHeader(UUID id, int command, int port) {
        return ByteBuffer.allocate(1 + 16 + 1 + 1 + 2 + 1 + 4)
                .put((byte) 0)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .put((byte) 0)
                .put((byte) command)
                .putShort((short) port)
                .put((byte) 1)
                .put(new byte[] {127, 0, 0, 1})
                .array();
    }

    private interface Dial {
        Peer dial(NodeRig rig, int inbound, int target) throws IOException;
    }

    private void assertExchanges(InboundSettings settings, boolean nativeTransport, Dial dial) throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node =
                start(new NodeRig.Builder().inbound("in", inbound, settings).nativeTransport(nativeTransport));
        int target = node.xorEcho();
        Peer peer = dial.dial(node, inbound, target);
        exchange(peer);
        String line = node.awaitLine(" closed ");
        assertThat(line)
                .contains("tcp:127.0.0.1:" + target + " [direct]")
                .contains(" up: " + MUCH.length + " down: " + MUCH.length + " ")
                .endsWith("cause: " + CloseCause.COMPLETED.text());
        node.awaitQuiet();
        assertThat(node.ingress().registry().ended(CloseCause.COMPLETED)).isEqualTo(1);
        assertThat(node.ingress().registry().endedUplinkBytes()).isEqualTo(MUCH.length);
        assertThat(node.ingress().registry().endedDownlinkBytes()).isEqualTo(MUCH.length);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dokodemoDoor(boolean nativeTransport) throws Exception {
        int inbound = NodeRig.freePort();
        // The target must be known first, so its server is one of another rig's making.
        try (java.net.ServerSocket target =
                new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
            NodeRig node = start(new NodeRig.Builder()
                    .inbound("in", inbound, dokodemo(target.getLocalPort()))
                    .nativeTransport(nativeTransport));
            Peer client = node.connect(inbound);
            try (Peer server = Peer.of(target.accept())) {
                NodeRig.sendAndFinish(client, MUCH);
                assertThat(server.readToEnd().bytes()).hasSize(MUCH.length).isEqualTo(MUCH);
                NodeRig.sendAndFinish(server, MUCH);
                Peer.Ending ending = client.readToEnd();
                assertThat(ending.clean()).isTrue();
                assertThat(ending.bytes()).hasSize(MUCH.length).isEqualTo(MUCH);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void socks5(boolean nativeTransport) throws Exception {
        assertExchanges(socks(), nativeTransport, (node, inbound, target) -> {
            Peer peer = node.connect(inbound);
            peer.send(hex("05 01 00"));
            assertThat(peer.read(2)).isEqualTo(hex("05 00"));
            peer.send(hex("05 01 00 01 7f000001" + port(target)));
            assertThat(peer.read(10)).isEqualTo(hex("05 00 00 01 7f000001" + port(inbound)));
            return peer;
        });
    }

    @Test
    void socks5WithPasswordAndName() throws Exception {
        assertExchanges(socks(new Account("bob", "pw")), false, (node, inbound, target) -> {
            Peer peer = node.connect(inbound);
            peer.send(hex("05 02 00 02"));
            assertThat(peer.read(2)).isEqualTo(hex("05 02"));
            peer.send(hex("01 03 626f62 02 7077"));
            assertThat(peer.read(2)).isEqualTo(hex("01 00"));
            // An address as a name is an address.
            peer.send(
                    joined(hex("05 01 00 03 09"), "127.0.0.1".getBytes(StandardCharsets.US_ASCII), hex(port(target))));
            peer.read(10);
            return peer;
        });
        assertThat(rig).isNotNull();
        assertThat(rig.lines()).allMatch(line -> line.contains(" email: bob"));
    }

    @Test
    void socks4() throws Exception {
        assertExchanges(socks(), false, (node, inbound, target) -> {
            Peer peer = node.connect(inbound);
            peer.send(hex("04 01" + port(target) + "7f000001 626f6200"));
            assertThat(peer.read(8)).isEqualTo(hex("00 5a 0000 00000000"));
            return peer;
        });
    }

    @Test
    void socks4a() throws Exception {
        assertExchanges(socks(), false, (node, inbound, target) -> {
            Peer peer = node.connect(inbound);
            peer.send(joined(
                    hex("04 01" + port(target) + "00000001 00"),
                    "127.0.0.1".getBytes(StandardCharsets.US_ASCII),
                    hex("00")));
            assertThat(peer.read(8)).isEqualTo(hex("00 5a 0000 00000000"));
            return peer;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void vless(boolean nativeTransport) throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node =
                start(new NodeRig.Builder().inbound("in", inbound, vless()).nativeTransport(nativeTransport));
        Peer peer = node.connect(inbound);
        NodeRig.sendAndFinish(peer, joined(vlessHeader(ID, 1, node.xorEcho()), MUCH));
        assertThat(peer.read(2)).containsExactly(0, 0);
        Peer.Ending ending = peer.readToEnd();
        assertThat(ending.clean()).isTrue();
        assertThat(ending.bytes()).hasSize(MUCH.length).isEqualTo(NodeRig.xor(MUCH));
        assertThat(node.awaitLine(" closed ")).contains(" email: love@v2ray.com ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void vlessOverTls(String version) throws Exception {
        TestCertificate certificate = TestCertificate.of("in.test");
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", "127.0.0.1", inbound, vless(), tls(certificate)));
        Peer peer = node.connect(inbound).startTls(certificate.java(), true, "in.test", version);
        NodeRig.sendAndFinish(peer, joined(vlessHeader(ID, 1, node.xorEcho()), LESS));
        assertThat(peer.read(2)).containsExactly(0, 0);
        Peer.Ending ending = peer.readToEnd();
        assertThat(ending.clean()).isTrue();
        assertThat(ending.bytes()).hasSize(LESS.length).isEqualTo(NodeRig.xor(LESS));
        peer.close();
    }

    private static StreamConfig tls(TestCertificate... certificates) {
        return new StreamConfig(
                new TransportSettings.Raw(),
                new SecuritySettings.Tls(
                        null,
                        List.of(),
                        false,
                        false,
                        false,
                        java.util.Arrays.stream(certificates)
                                .map(TestCertificate::served)
                                .toList()),
                StreamConfig.SockoptConfig.DEFAULT);
    }

    /** A target that speaks first must not be dialled, still less heard, before the client's TLS stands. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void dokodemoOverTlsSaysNothingInTheClear(int certificates) throws Exception {
        TestCertificate first = TestCertificate.of("first.test");
        TestCertificate[] served = certificates == 1
                ? new TestCertificate[] {first}
                : new TestCertificate[] {first, TestCertificate.of("b.test")};
        int inbound = NodeRig.freePort();
        byte[] banner = "220 secret banner\r\n".getBytes(StandardCharsets.US_ASCII);
        try (java.net.ServerSocket target =
                new java.net.ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (Peer server = Peer.of(target.accept())) {
                    server.send(banner);
                    server.finish();
                    server.readToEnd();
                } catch (IOException e) {
                    // The client's view is what is tested.
                }
            });
            NodeRig node = start(new NodeRig.Builder()
                    .shortDeadline()
                    .inbound("in", "127.0.0.1", inbound, dokodemo(target.getLocalPort()), tls(served)));
            Peer silent = node.connect(inbound);
            assertThat(silent.readToEnd().bytes()).as("without a handshake").isEmpty();
            Peer peer = node.connect(inbound).startTls(first.java(), true, "first.test", "TLSv1.3");
            Peer.Ending ending = peer.readToEnd();
            assertThat(ending.bytes()).isEqualTo(banner);
            peer.close();
        }
    }

    /** Request, payload and FIN in one segment: everything is there before the destination is dialled. */
    @Test
    void earlyBytesArriveOnceAndInOrder() throws Exception {
        byte[] early = Payload.of(5, 1_200);
        int socks = NodeRig.freePort();
        int vless = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("s", socks, socks()).inbound("v", vless, vless()));
        int echo = node.xorEcho();
        for (int i = 0; i < 20; i++) {
            Peer one = node.connect(socks);
            one.send(joined(hex("05 01 00 05 01 00 01 7f000001" + port(echo)), early));
            one.finish();
            assertThat(one.readToEnd().bytes())
                    .isEqualTo(joined(hex("05 00 05 00 00 01 7f000001" + port(socks)), NodeRig.xor(early)));
            Peer other = node.connect(vless);
            other.send(joined(vlessHeader(ID, 1, echo), early));
            other.finish();
            assertThat(other.readToEnd().bytes()).isEqualTo(joined(new byte[] {0, 0}, NodeRig.xor(early)));
        }
    }

    @Test
    void requestsInTheSmallestPieces() throws Exception {
        int socks = NodeRig.freePort();
        int vless = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder()
                .inbound("s", socks, socks(new Account("bob", "pw")))
                .inbound("v", vless, vless()));
        int echo = node.xorEcho();
        Peer one = node.connect(socks);
        drip(one, hex("05 01 02 01 03 626f62 02 7077 05 01 00 01 7f000001" + port(echo) + "aa"));
        assertThat(one.read(15)).isEqualTo(hex("05 02 01 00 05 00 00 01 7f000001" + port(socks) + "f0"));
        one.close();
        Peer other = node.connect(vless);
        drip(other, joined(vlessHeader(ID, 1, echo), hex("aa")));
        assertThat(other.read(3)).isEqualTo(hex("00 00 f0"));
        other.close();
    }

    private static void drip(Peer peer, byte[] bytes) throws IOException {
        peer.socket().setTcpNoDelay(true);
        for (byte one : bytes) {
            peer.send(new byte[] {one});
        }
    }
}
