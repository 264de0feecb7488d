package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.VlessAccount;
import io.culvert.config.OutboundSettings.VlessServer;
import io.culvert.egress.TestOrders;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** VLESS clients against a server that is written out byte by byte. */
class VlessOutboundTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final Destination TARGET = Destination.tcp(Address.parse("example.org"), 443);
    private static final byte[] ANSWER = {0, 0};

    private final OutboundRig rig = new OutboundRig();

    @AfterEach
    void close() {
        rig.close();
        assertThat(rig.serverFaults()).isEmpty();
    }

    /** Version, id, no addons, command, port, a domain. */
    private static byte[] header(int command) {
        byte[] name = "example.org".getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(1 + 16 + 1 + 1 + 2 + 2 + name.length)
                .put((byte) 0)
                .putLong(ID.getMostSignificantBits())
                .putLong(ID.getLeastSignificantBits())
                .put((byte) 0)
                .put((byte) command)
                .putShort((short) 443)
                .put((byte) 2)
                .put((byte) name.length)
                .put(name)
                .array();
    }

    private void configure(InetSocketAddress... servers) throws Exception {
        rig.apply(new OutboundSettings.Vless(java.util.Arrays.stream(servers)
                .map(server -> new VlessServer(
                        Address.ofIp(server.getAddress().getAddress()),
                        server.getPort(),
                        List.of(new VlessAccount(ID, 0, ""))))
                .toList()));
    }

    private static void expect(Peer peer, byte[] bytes) throws IOException {
        byte[] got = peer.read(bytes.length);
        if (!java.util.Arrays.equals(got, bytes)) {
            throw new AssertionError("got " + java.util.HexFormat.of().formatHex(got));
        }
    }

    private static void dripped(Peer peer, byte[] bytes) throws IOException {
        peer.socket().setTcpNoDelay(true);
        for (byte one : bytes) {
            peer.send(new byte[] {one});
        }
    }

    @Test
    void headerPayloadAnswerAndBothEnds() throws Exception {
        byte[] up = Payload.of(1, 50_000);
        byte[] down = Payload.of(2, 300_000);
        configure(rig.serve(peer -> {
            expect(peer, header(1));
            expect(peer, up);
            if (peer.socket().getInputStream().read() >= 0) {
                throw new AssertionError("more than the payload");
            }
            peer.send(ANSWER);
            peer.send(down);
            peer.finish();
        }));
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", TARGET));
        opened.send(up);
        opened.finish();
        assertThat(opened.awaitBytes(down.length)).isEqualTo(down);
        opened.awaitEnd();
    }

    @Test
    void anAnswerInTheSmallestPieces() throws Exception {
        byte[] down = Payload.of(3, 200);
        configure(rig.serve(peer -> {
            expect(peer, header(1));
            dripped(peer, ANSWER);
            dripped(peer, down);
            peer.finish();
            peer.readToEnd();
        }));
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", TARGET));
        opened.send(new byte[1]);
        assertThat(opened.awaitBytes(down.length)).isEqualTo(down);
        opened.awaitEnd();
    }

    /** The client says nothing: the header must leave without payload for the server to have its turn. */
    @Test
    void aServerThatSpeaksFirst() throws Exception {
        byte[] greeting = "220 ready\r\n".getBytes(StandardCharsets.US_ASCII);
        configure(rig.serve(peer -> {
            expect(peer, header(1));
            byte[] both = new byte[2 + greeting.length];
            System.arraycopy(greeting, 0, both, 2, greeting.length);
            peer.send(both);
            expect(peer, "QUIT".getBytes(StandardCharsets.US_ASCII));
        }));
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", TARGET));
        assertThat(opened.awaitBytes(greeting.length)).isEqualTo(greeting);
        opened.send("QUIT".getBytes(StandardCharsets.US_ASCII));
        opened.awaitEnd();
    }

    @Test
    void anAnswerOfAnotherVersion() throws Exception {
        configure(rig.serve(peer -> {
            expect(peer, header(1));
            peer.send(new byte[] {9, 0, 1, 2, 3});
            peer.readToEnd();
        }));
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", TARGET));
        opened.awaitEvent(CloseCause.UPSTREAM_HANDSHAKE_FAILED);
        assertThat(opened.unread()).isZero();
    }

    @Test
    void datagrams() throws Exception {
        configure(rig.serve(peer -> {
            expect(peer, header(2));
            expect(peer, new byte[] {0, 3, 1, 2, 3});
            peer.send(ANSWER);
            peer.send(new byte[] {0, 0, 0, 2, 8, 9, 0});
            peer.send(new byte[] {1, 7});
            peer.readToEnd();
        }));
        Destination target = Destination.udp(TARGET.address(), TARGET.port());
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", target));
        opened.send(new byte[] {1, 2, 3});
        assertThat(opened.awaitBytes(3)).containsExactly(8, 9, 7);
        assertThat(opened.datagrams()).containsExactly(2, 1);
    }

    @Test
    void serversAreTakenInTurn() throws Exception {
        configure(
                rig.serve(peer -> {
                    expect(peer, header(1));
                    peer.send(new byte[] {0, 0, 'a'});
                }),
                rig.serve(peer -> {
                    expect(peer, header(1));
                    peer.send(new byte[] {0, 0, 'b'});
                }));
        StringBuilder who = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            OutboundRig.Opened opened = rig.open(TestOrders.order("out", TARGET));
            opened.send(new byte[0]);
            who.append((char) opened.awaitBytes(1)[0]);
        }
        assertThat(who).hasToString("abab");
    }
}
