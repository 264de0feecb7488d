package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.Account;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.ProxyServer;
import io.culvert.egress.TestOrders;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SOCKS clients against a server that is written out byte by byte. */
class SocksOutboundTest {
    private static final Destination TARGET = Destination.tcp(Address.parse("10.1.2.3"), 443);
    private static final String CONNECT = "05 01 00 01 0a 01 02 03 01 bb";
    private static final String GRANTED = "05 00 00 01 00 00 00 00 00 00";

    private final OutboundRig rig = new OutboundRig();

    @AfterEach
    void close() {
        rig.close();
        assertThat(rig.serverFaults()).isEmpty();
    }

    private void configure(InetSocketAddress server, Account... accounts) throws Exception {
        rig.apply(new OutboundSettings.Socks(List.of(
                new ProxyServer(Address.ofIp(server.getAddress().getAddress()), server.getPort(), List.of(accounts)))));
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static void expect(Peer peer, String hex) throws IOException {
        byte[] expected = hex(hex);
        byte[] got = peer.read(expected.length);
        if (!java.util.Arrays.equals(got, expected)) {
            throw new AssertionError("got " + HexFormat.ofDelimiter(" ").formatHex(got));
        }
    }

    private static void drip(Peer peer, byte[] bytes) throws IOException {
        peer.socket().setTcpNoDelay(true);
        for (byte one : bytes) {
            peer.send(new byte[] {one});
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withoutAccount(boolean inPieces) throws Exception {
        byte[] up = Payload.of(1, 100_000);
        byte[] down = Payload.of(2, 1_000);
        configure(rig.serve(peer -> {
            expect(peer, "05 01 00");
            answer(peer, "05 00", inPieces);
            expect(peer, CONNECT);
            answer(peer, GRANTED, inPieces);
            byte[] got = peer.readToEnd().bytes();
            if (!java.util.Arrays.equals(got, up)) {
                throw new AssertionError("got " + got.length + " bytes");
            }
            drip(peer, down);
            peer.finish();
        }));
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", TARGET));
        opened.send(up);
        opened.finish();
        assertThat(opened.awaitBytes(down.length)).isEqualTo(down);
        opened.awaitEnd();
    }

    private static void answer(Peer peer, String hex, boolean inPieces) throws IOException {
        if (inPieces) {
            drip(peer, hex(hex));
        } else {
            peer.send(hex(hex));
        }
    }

    @Test
    void withAnAccount() throws Exception {
        configure(
                rig.serve(peer -> {
                    expect(peer, "05 01 02");
                    peer.send(hex("05 02"));
                    expect(peer, "01 03 62 6f 62 02 70 77");
                    peer.send(hex("01 00"));
                    expect(peer, CONNECT);
                    peer.send(hex(GRANTED + "2a"));
                }),
                new Account("bob", "pw"));
        assertThat(rig.open(TestOrders.order("out", TARGET)).awaitBytes(1)).containsExactly(0x2a);
    }

    @Test
    void aServerThatSpeaksFirstInTheSameSegment() throws Exception {
        byte[] much = Payload.of(3, 60_000);
        configure(rig.serve(peer -> {
            expect(peer, "05 01 00");
            peer.send(hex("05 00"));
            expect(peer, CONNECT);
            byte[] both = new byte[10 + much.length];
            System.arraycopy(hex(GRANTED), 0, both, 0, 10);
            System.arraycopy(much, 0, both, 10, much.length);
            peer.send(both);
            peer.finish();
            peer.readToEnd();
        }));
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", TARGET));
        assertThat(opened.awaitBytes(much.length)).isEqualTo(much);
        opened.awaitEnd();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"05 ff", "04 00", "05 00|05 01 00 01 00000000 0000", "05 00|05 05 00 01 00000000 0000", "48 54"})
    void aRefusal(String answers) throws Exception {
        String[] steps = answers.split("\\|", -1);
        configure(rig.serve(peer -> {
            expect(peer, "05 01 00");
            peer.send(hex(steps[0]));
            if (steps.length > 1) {
                expect(peer, CONNECT);
                peer.send(hex(steps[1]));
            }
            peer.readToEnd();
        }));
        assertThat(rig.refusal(TestOrders.order("out", TARGET))).isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fin", "reset", "close"})
    void aServerThatLeavesInTheMiddle(String how) throws Exception {
        configure(rig.serve(peer -> {
            expect(peer, "05 01 00");
            peer.send(hex("05"));
            switch (how) {
                case "fin" -> {
                    peer.finish();
                    peer.readToEnd();
                }
                case "reset" -> peer.reset();
                default -> peer.close();
            }
        }));
        assertThat(rig.refusal(TestOrders.order("out", TARGET))).isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED);
    }

    @Test
    void datagrams() throws Exception {
        CountDownLatch streamEnded = new CountDownLatch(1);
        try (DatagramSocket relay = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            relay.setSoTimeout((int) Await.LONG.toMillis());
            configure(rig.serve(peer -> {
                expect(peer, "05 01 00");
                peer.send(hex("05 00"));
                expect(peer, "05 03 00 01 00 00 00 00 00 00");
                // "The address you know": the server's own.
                peer.send(hex("05 00 00 01 00000000 " + "%04x".formatted(relay.getLocalPort())));
                peer.readToEnd();
                streamEnded.countDown();
            }));
            Destination target = Destination.udp(TARGET.address(), TARGET.port());
            OutboundRig.Opened opened = rig.open(TestOrders.order("out", target));
            opened.send(new byte[] {1, 2, 3});
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            relay.receive(packet);
            assertThat(packet.getData()).startsWith(hex("00 00 00 01 0a 01 02 03 01 bb 01 02 03"));
            packet.setData(hex("00 00 00 01 0a 01 02 03 01 bb 09 08"));
            relay.send(packet);
            packet.setData(hex("00 00 07 01 0a 01 02 03 01 bb 66 66"));
            relay.send(packet);
            packet.setData(hex("00 00 00 01 0a 01 02 03 01 bb 07"));
            relay.send(packet);
            assertThat(opened.awaitBytes(3)).containsExactly(9, 8, 7);
            assertThat(opened.datagrams()).containsExactly(2, 1);

            opened.channel().close().sync();
            assertThat(streamEnded.await(Await.LONG.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        }
    }

    @Test
    void theEndOfTheStreamEndsTheAssociation() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        configure(rig.serve(peer -> {
            expect(peer, "05 01 00");
            peer.send(hex("05 00"));
            peer.read(10);
            peer.send(hex("05 00 00 01 7f000001 0009"));
            try {
                end.await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }));
        OutboundRig.Opened opened = rig.open(TestOrders.order("out", Destination.udp(TARGET.address(), 53)));
        assertThat(opened.channel().isActive()).isTrue();
        end.countDown();
        Await.until("closed", () -> !opened.channel().isOpen());
    }
}
