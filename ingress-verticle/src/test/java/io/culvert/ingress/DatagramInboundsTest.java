package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.ingress.listener.IngressLimits;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams through every inbound that has them. */
class DatagramInboundsTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");

    private final DatagramSocket server;
    private final AtomicInteger served = new AtomicInteger();
    private @Nullable NodeRig rig;

    DatagramInboundsTest() throws IOException {
        DatagramSocket own = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        server = own;
        Thread.ofVirtual().start(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            while (!own.isClosed()) {
                try {
                    packet.setLength(65_535);
                    own.receive(packet);
                    served.incrementAndGet();
                    byte[] answer = NodeRig.xor(Arrays.copyOf(packet.getData(), packet.getLength()));
                    own.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        if (rig != null) {
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

    private static byte[] joined(byte[] one, byte[] other) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(one);
        all.writeBytes(other);
        return all.toByteArray();
    }

    private static DatagramSocket client() throws IOException {
        return client("127.0.0.1");
    }

    private static DatagramSocket client(String address) throws IOException {
        DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral(address));
        socket.setSoTimeout((int) Await.LONG.toMillis());
        return socket;
    }

    private static byte[] ask(DatagramSocket client, int port, byte[] packet) throws IOException {
        send(client, port, packet);
        return receive(client);
    }

    private static void send(DatagramSocket client, int port, byte[] packet) throws IOException {
        client.send(new DatagramPacket(
                packet, packet.length, new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
    }

    private static byte[] receive(DatagramSocket client) throws IOException {
        DatagramPacket answer = new DatagramPacket(new byte[65_535], 65_535);
        client.receive(answer);
        return Arrays.copyOf(answer.getData(), answer.getLength());
    }

    private InboundSettings dokodemo() {
        return new InboundSettings.Dokodemo(
                Address.parse("127.0.0.1"), server.getLocalPort(), Set.of(Network.UDP), false, 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void dokodemoDoor(boolean nativeTransport) throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node =
                start(new NodeRig.Builder().inbound("in", inbound, dokodemo()).nativeTransport(nativeTransport));
        try (DatagramSocket one = client();
                DatagramSocket other = client()) {
            for (int length : new int[] {1, 100, 1_400, 9_000, 60_000}) {
                byte[] bytes = Payload.of(length, length);
                assertThat(ask(one, inbound, bytes)).isEqualTo(NodeRig.xor(bytes));
                assertThat(ask(other, inbound, bytes)).isEqualTo(NodeRig.xor(bytes));
            }
        }
        assertThat(node.ingress().registry().size())
                .as("a session for each client")
                .isEqualTo(2);
        assertThat(node.lines())
                .hasSize(2)
                .allMatch(line -> line.contains(" accepted udp:127.0.0.1:" + server.getLocalPort()));
    }

    @Test
    void theOutboundsLevelEndsASessionToo() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder()
                .sessionOfLevel7(new SessionPolicy(200, 1_000, 1_000, 64 * 1024))
                .outbound("direct", new OutboundSettings.Freedom(DomainStrategy.AS_IS, null, 0, 7, true))
                .inbound("in", inbound, dokodemo()));
        try (DatagramSocket one = client()) {
            ask(one, inbound, new byte[] {1, 2, 3});
            assertThat(node.awaitLine(" closed ")).endsWith("cause: " + CloseCause.IDLE_TIMEOUT.text());
        }
    }

    @Test
    void aSilentSessionEnds() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder()
                .session(new SessionPolicy(200, 1_000, 1_000, 64 * 1024))
                .inbound("in", inbound, dokodemo()));
        try (DatagramSocket one = client()) {
            ask(one, inbound, new byte[] {1, 2, 3});
            assertThat(node.awaitLine(" closed "))
                    .contains(" up: 3 down: 3 ")
                    .endsWith("cause: " + CloseCause.IDLE_TIMEOUT.text());
            assertThat(ask(one, inbound, new byte[] {4}))
                    .as("the next one is a new session")
                    .hasSize(1);
        }
    }

    @Test
    void atTheLimitTheLongestIdleSessionEndsForANewOne() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(
                new NodeRig.Builder().limits(new IngressLimits(100, 100, 2)).inbound("in", inbound, dokodemo()));
        try (DatagramSocket one = client();
                DatagramSocket two = client();
                DatagramSocket three = client()) {
            ask(one, inbound, new byte[] {1});
            ask(two, inbound, new byte[] {1});
            ask(one, inbound, new byte[] {1});
            ask(three, inbound, new byte[] {1});
            assertThat(node.awaitLine(" closed "))
                    .contains(":" + two.getLocalPort() + " ")
                    .endsWith("cause: " + CloseCause.LIMIT.text());
            assertThat(node.ingress().registry().size()).isEqualTo(2);
            assertThat(node.ingress().datagramSessionsReplaced().sum()).isEqualTo(1);
        }
    }

    @Test
    void aBusySourceLeavesPlacesToOthers() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(
                new NodeRig.Builder().limits(new IngressLimits(100, 100, 4)).inbound("in", inbound, dokodemo()));
        List<DatagramSocket> busy = new ArrayList<>();
        List<DatagramSocket> other = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                busy.add(client("127.0.0.1"));
                ask(busy.getLast(), inbound, new byte[] {1});
            }
            for (int i = 0; i < 3; i++) {
                other.add(client("127.0.0.2"));
                ask(other.getLast(), inbound, new byte[] {1});
            }
            assertThat(node.ingress().registry().sessions().stream()
                            .map(live -> live.descriptor().source().getPort()))
                    .as("two each: the busy source has given up two, then the other one its own first")
                    .containsExactlyInAnyOrder(
                            busy.get(4).getLocalPort(),
                            busy.get(5).getLocalPort(),
                            other.get(1).getLocalPort(),
                            other.get(2).getLocalPort());
        } finally {
            busy.forEach(DatagramSocket::close);
            other.forEach(DatagramSocket::close);
        }
    }

    @Test
    void anAssociationHasSoManySessionsWhichEndWithIt() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", inbound, socks()));
        Peer stream = associate(node, inbound);
        Peer quiet = associate(node, inbound);
        try (DatagramSocket client = client();
                DatagramSocket beside = client()) {
            // The latest association is that of the first socket that sends.
            ask(beside, inbound, joined(header(), new byte[] {1}));
            for (int i = 1; i <= 300; i++) {
                byte[] elsewhere = hex("00 00 00 01 7f%06x 0009 aa".formatted(0x010000 + i));
                send(client, inbound, elsewhere);
            }
            ask(client, inbound, joined(header(), new byte[] {1}));
            assertThat(node.ingress().registry().size()).isEqualTo(1 + 256);
            stream.close();
            Await.until("its sessions are over", () -> node.ingress().registry().size() == 1);
            assertThat(ask(beside, inbound, joined(header(), new byte[] {1})))
                    .as("the other association lives on")
                    .hasSize(11);
        }
        quiet.close();
        Await.until("all is over", () -> node.ingress().registry().size() == 0);
    }

    @Test
    void drainingTakesNoNewSessions() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", inbound, dokodemo()));
        try (DatagramSocket one = client();
                DatagramSocket two = client()) {
            ask(one, inbound, new byte[] {1});
            node.inbounds().shutdown().await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            send(two, inbound, new byte[] {1});
            assertThat(ask(one, inbound, new byte[] {1})).hasSize(1);
            assertThat(node.ingress().registry().size()).isEqualTo(1);
        }
    }

    private static InboundSettings socks() {
        return new InboundSettings.Socks(false, List.of(), true, null, 0, false);
    }

    private Peer associate(NodeRig node, int inbound) throws IOException {
        Peer stream = node.connect(inbound);
        stream.send(hex("05 01 00"));
        stream.read(2);
        stream.send(hex("05 03 00 01 00000000 0000"));
        assertThat(stream.read(10)).isEqualTo(hex("05 00 00 01 7f000001 " + "%04x".formatted(inbound)));
        return stream;
    }

    private byte[] header() {
        return hex("00 00 00 01 7f000001 " + "%04x".formatted(server.getLocalPort()));
    }

    @Test
    void socksAssociation() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", inbound, socks()));
        Peer stream = associate(node, inbound);
        Await.until("the handshake is over", () -> node.ingress().halfOpen().now() == 0);
        try (DatagramSocket client = client()) {
            byte[] bytes = Payload.of(7, 1_200);
            assertThat(ask(client, inbound, joined(header(), bytes))).isEqualTo(joined(header(), NodeRig.xor(bytes)));
            // Dropped: a fragment, no payload, too short, no address.
            send(client, inbound, hex("00 00 01 01 7f000001 0009 aa"));
            send(client, inbound, header());
            send(client, inbound, hex("00 00"));
            send(client, inbound, hex("00 00 00 09 aa"));
            assertThat(ask(client, inbound, joined(header(), new byte[] {1}))).hasSize(11);
            assertThat(served).hasValue(2);
        }
        stream.close();
    }

    @Test
    void socksDatagramsWithoutAnAssociationGoNowhere() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", inbound, socks()));
        try (DatagramSocket stranger = client()) {
            send(stranger, inbound, joined(header(), new byte[] {1}));
            Peer stream = associate(node, inbound);
            ask(stranger, inbound, joined(header(), new byte[] {2}));
            assertThat(served).as("the first was dropped").hasValue(1);
            stream.close();
            // The end of the stream is seen a moment later: what is sent until then still passes.
            Await.until("the association is over", () -> {
                int before = served.get();
                try {
                    send(stranger, inbound, joined(header(), new byte[] {3}));
                    stranger.setSoTimeout(100);
                    receive(stranger);
                } catch (java.net.SocketTimeoutException e) {
                    return served.get() == before;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                return false;
            });
        }
    }

    @Test
    void vless() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder()
                .inbound(
                        "in",
                        inbound,
                        new InboundSettings.Vless(List.of(new InboundSettings.VlessUser(ID, 0, "")), false)));
        Peer peer = node.connect(inbound);
        byte[] id = hex(ID.toString().replace("-", ""));
        byte[] request =
                joined(joined(hex("00"), id), hex("00 02 " + "%04x".formatted(server.getLocalPort()) + "01 7f000001"));
        peer.send(joined(request, hex("0003 010203")));
        assertThat(peer.read(7)).isEqualTo(joined(hex("0000 0003"), NodeRig.xor(new byte[] {1, 2, 3})));
        byte[] large = Payload.of(9, 9_000);
        peer.send(joined(hex("%04x".formatted(large.length)), large));
        assertThat(peer.read(2 + large.length))
                .isEqualTo(joined(hex("%04x".formatted(large.length)), NodeRig.xor(large)));
        peer.close();
        node.awaitQuiet();
    }
}
