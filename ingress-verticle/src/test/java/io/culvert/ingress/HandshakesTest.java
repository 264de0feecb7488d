package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.Account;
import io.culvert.config.InboundSettings;
import io.culvert.config.OutboundSettings;
import io.culvert.ingress.listener.IngressLimits;
import io.culvert.ingress.listener.ListenException;
import io.culvert.ingress.session.LiveSession;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Everything that can go wrong between accept and relay. */
class HandshakesTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");

    private @Nullable NodeRig rig;

    @AfterEach
    void close() throws Exception {
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

    private static InboundSettings vless() {
        return new InboundSettings.Vless(List.of(new InboundSettings.VlessUser(ID, 0, "")), false);
    }

    private static InboundSettings socks(Account... accounts) {
        return new InboundSettings.Socks(accounts.length > 0, List.of(accounts), false, null, 0, false);
    }

    private static InboundSettings dokodemo(int port) {
        return new InboundSettings.Dokodemo(Address.parse("127.0.0.1"), port, Set.of(Network.TCP), false, 0);
    }

    private static String source(Peer peer) {
        return "127.0.0.1:" + peer.socket().getLocalPort();
    }

    /** Whatever an unauthenticated peer sends, it sees the same: nothing, and a FIN at the deadline, never a reset. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void wrongCredentialsAreReadUntilTheDeadlineAndThenEnded(boolean nativeTransport) throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder()
                .shortDeadline()
                .inbound("in", inbound, vless())
                .nativeTransport(nativeTransport));
        List<Integer> lengths = new ArrayList<>(List.of(1, 2, 16, 17, 18, 19, 64 * 1024));
        for (int length = 31; length <= 4096; length += 97) {
            lengths.add(length);
        }
        List<Peer> peers = new ArrayList<>();
        long start = System.nanoTime();
        for (int length : lengths) {
            Peer peer = node.connect(inbound);
            peers.add(peer);
            byte[] probe = Payload.of(length, length);
            probe[0] = (byte) (length % 3 == 0 ? probe[0] | 1 : 0);
            peer.send(probe);
        }
        for (Peer peer : peers) {
            Peer.Ending ending = peer.readToEnd();
            assertThat(ending.clean()).as("FIN and no reset").isTrue();
            assertThat(ending.bytes()).isEmpty();
        }
        assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThanOrEqualTo(NodeRig.DEADLINE_MILLIS);
        node.awaitQuiet();
        long counted = node.ingress().registry().ended(CloseCause.AUTH_FAILED)
                + node.ingress().registry().ended(CloseCause.MALFORMED)
                + node.ingress().registry().ended(CloseCause.HANDSHAKE_TIMEOUT);
        assertThat(counted).as("each once").isEqualTo(lengths.size());
        assertThat(node.ingress().registry().ended(CloseCause.HANDSHAKE_ABANDONED))
                .isZero();
        assertThat(node.lines()).hasSize(lengths.size()).allMatch(line -> line.contains(" rejected  "));
    }

    @Test
    void aHeldClientThatLeavesIsCountedOnce() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", inbound, vless()));
        Peer peer = node.connect(inbound);
        peer.send(new byte[64]);
        node.awaitLine("rejected");
        assertThat(node.ingress().halfOpen().now()).isEqualTo(1);
        peer.reset();
        Peer other = node.connect(inbound);
        other.send(new byte[64]);
        Await.until("two lines", () -> node.lines().size() == 2);
        other.finish();
        assertThat(other.readToEnd().clean()).isTrue();
        node.awaitQuiet();
        assertThat(node.lines())
                .containsExactlyInAnyOrder(
                        source(peer) + " rejected  " + rejection(node, 0),
                        source(other) + " rejected  " + rejection(node, 1));
        assertThat(node.ingress().registry().ended(CloseCause.AUTH_FAILED)).isEqualTo(2);
        assertThat(node.ingress().registry().ended(CloseCause.HANDSHAKE_ABANDONED))
                .isZero();
        assertThat(node.ingress().registry().ended(CloseCause.MALFORMED)).isZero();
    }

    private static String rejection(NodeRig node, int line) {
        String text = node.lines().get(line);
        String reason = text.substring(text.indexOf("rejected  ") + "rejected  ".length());
        assertThat(reason).startsWith(CloseCause.AUTH_FAILED.text());
        return reason;
    }

    /** A node that is nearly full treats what it has accepted as an empty one does. */
    @Test
    void whatIsAcceptedIsHeldHoweverFullTheNodeIs() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder()
                .limits(new IngressLimits(100, 4, 10))
                .shortDeadline()
                .inbound("in", inbound, vless()));
        List<Peer> held = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < 4; i++) {
            Peer peer = node.connect(inbound);
            peer.send(new byte[64 + 16_000 * i]);
            held.add(peer);
        }
        for (Peer peer : held) {
            assertThat(peer.readToEnd().clean()).isTrue();
        }
        assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThanOrEqualTo(NodeRig.DEADLINE_MILLIS);
        node.awaitQuiet();
    }

    @Test
    void aSilentClientIsCutAtTheDeadline() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().shortDeadline().inbound("in", inbound, socks()));
        Peer silent = node.connect(inbound);
        Peer half = node.connect(inbound);
        half.send(hex("05 01"));
        assertThat(silent.readToEnd().clean()).isTrue();
        assertThat(half.readToEnd().clean()).isTrue();
        node.awaitQuiet();
        assertThat(node.lines())
                .containsExactlyInAnyOrder(
                        source(silent) + " rejected  handshake timeout", source(half) + " rejected  handshake timeout");
        assertThat(node.ingress().registry().ended(CloseCause.HANDSHAKE_TIMEOUT))
                .isEqualTo(2);
    }

    @Test
    void aClientThatLeavesInTheHandshakeIsCountedAndNotLogged() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", inbound, socks()));
        Peer fin = node.connect(inbound);
        fin.send(hex("05 01 00"));
        fin.read(2);
        fin.finish();
        assertThat(fin.readToEnd().bytes()).isEmpty();
        Peer reset = node.connect(inbound);
        reset.send(hex("05 01 00"));
        reset.read(2);
        reset.reset();
        Await.until("two counted", () -> node.ingress().registry().ended(CloseCause.HANDSHAKE_ABANDONED) == 2);
        node.awaitQuiet();
        assertThat(node.lines()).isEmpty();
    }

    @Test
    void aWrongPasswordIsAnsweredAndClosed() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", inbound, socks(new Account("bob", "pw"))));
        Peer peer = node.connect(inbound);
        peer.send(hex("05 01 02"));
        assertThat(peer.read(2)).isEqualTo(hex("05 02"));
        peer.send(hex("01 03 626f62 02 6666"));
        assertThat(peer.readToEnd().bytes()).isEqualTo(hex("01 ff"));
        assertThat(node.awaitLine("rejected"))
                .startsWith(source(peer) + " rejected  invalid user")
                .doesNotContain("ff");
        node.awaitQuiet();
    }

    /** An egress that never gets anywhere. */
    private static final class Endless {
        private record Asked(EventLoop loop, Promise<Channel> promise) {}

        private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

        Future<Channel> open(EventLoop loop) {
            Promise<Channel> promise = loop.newPromise();
            asked.add(new Asked(loop, promise));
            return promise;
        }

        Asked awaitOrder() throws InterruptedException {
            Asked order = asked.poll(Await.LONG.toSeconds(), TimeUnit.SECONDS);
            assertThat(order).isNotNull();
            return order;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fin", "reset", "admin"})
    void aClientThatIsGoneWhenTheDestinationIsOpen(String how) throws Exception {
        Endless endless = new Endless();
        int inbound = NodeRig.freePort();
        try (ServerSocket target = new ServerSocket(0, 5, java.net.InetAddress.getLoopbackAddress())) {
            NodeRig node = start(new NodeRig.Builder()
                    .inbound("in", inbound, dokodemo(target.getLocalPort()))
                    .egress(real -> (dial, loop) -> endless.open(loop)));
            Peer peer = node.connect(inbound);
            peer.send(new byte[100]);
            Endless.Asked order = endless.awaitOrder();
            LiveSession session =
                    node.ingress().registry().sessions().iterator().next();
            assertThat(session.state()).isEqualTo("Dialling");
            assertThat(session.outboundTag()).isEqualTo("direct");
            switch (how) {
                case "fin" -> peer.finish();
                case "reset" -> peer.reset();
                default -> session.close(CloseCause.USER_REMOVED);
            }
            if (how.equals("admin")) {
                assertThat(peer.readToEnd().clean()).isFalse();
                node.awaitQuiet();
            }
            InetSocketAddress address = (InetSocketAddress) target.getLocalSocketAddress();
            order.loop()
                    .execute(() -> Sockets.connect(order.loop(), address, null)
                            .addListener((ChannelFuture done) -> order.promise().setSuccess(done.channel())));
            try (Peer server = Peer.of(target.accept())) {
                Peer.Ending ending = server.readToEnd();
                if (how.equals("fin")) {
                    // Half-closed, not gone: its bytes are delivered, and the answer is.
                    assertThat(ending.clean()).isTrue();
                    assertThat(ending.bytes()).hasSize(100);
                    server.send(new byte[7]);
                    server.finish();
                    assertThat(peer.readToEnd().bytes()).hasSize(7);
                } else {
                    assertThat(ending.clean()).isFalse();
                }
            }
            node.awaitQuiet();
            CloseCause cause = switch (how) {
                case "fin" -> CloseCause.COMPLETED;
                case "reset" -> CloseCause.CLIENT_RESET;
                default -> CloseCause.USER_REMOVED;
            };
            assertThat(node.awaitLine(" closed ")).endsWith("cause: " + cause.text());
            assertThat(node.lines())
                    .filteredOn(line -> line.contains(" closed "))
                    .hasSize(1);
        }
    }

    @Test
    void aRefusedRoute() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder()
                .outbound("block", new OutboundSettings.Blackhole(false))
                .inbound("in", inbound, socks()));
        Peer peer = node.connect(inbound);
        peer.send(hex("05 01 00"));
        peer.read(2);
        peer.send(hex("05 01 00 01 01020304 0050"));
        assertThat(peer.read(10)).hasSize(10);
        Peer.Ending ending = peer.readToEnd();
        assertThat(ending.clean()).isTrue();
        assertThat(ending.bytes()).isEmpty();
        node.awaitQuiet();
        assertThat(node.lines().get(0)).isEqualTo(source(peer) + " accepted tcp:1.2.3.4:80 [block]");
        assertThat(node.lines().get(1))
                .matches(java.util.regex.Pattern.quote(
                                source(peer) + " closed tcp:1.2.3.4:80 [block] up: 0 down: 0 duration: ")
                        + "\\d+\\.\\d{3}s cause: blackholed");
        assertThat(node.ingress().registry().ended(CloseCause.BLACKHOLED)).isEqualTo(1);
    }

    @Test
    void aRefusedVlessClientIsSentNothing() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder()
                .outbound("block", new OutboundSettings.Blackhole(false))
                .inbound("in", inbound, vless()));
        Peer peer = node.connect(inbound);
        peer.send(hex("00" + ID.toString().replace("-", "") + "00 01 0050 01 01020304"));
        assertThat(peer.readToEnd().bytes()).isEmpty();
        node.awaitQuiet();
    }

    @Test
    void noSessionBeyondTheLimit() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(
                new NodeRig.Builder().limits(new IngressLimits(2, 100, 10)).inbound("in", inbound, socks()));
        int echo = node.xorEcho();
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Peer peer = node.connect(inbound);
            peer.send(hex("05 01 00 05 01 00 01 7f000001" + "%04x".formatted(echo) + "00"));
            peer.read(13);
            peers.add(peer);
        }
        assertThat(node.ingress().registry().size()).isEqualTo(2);
        assertTurnedAway(node, inbound);
        assertThat(node.ingress().overLimit()).isEqualTo(1);
        for (Peer peer : peers) {
            peer.send(new byte[] {0});
            assertThat(peer.read(1)).containsExactly(0x5A);
            peer.close();
        }
        node.awaitQuiet();
        Peer fourth = node.connect(inbound);
        fourth.send(hex("05 01 00"));
        assertThat(fourth.read(2)).hasSize(2);
        fourth.close();
    }

    /** A reset at once, which a client may see even before it knows that it is connected. */
    private static void assertTurnedAway(NodeRig node, int inbound) {
        boolean served;
        try {
            served = node.connect(inbound).readToEnd().clean();
        } catch (IOException e) {
            served = false;
        }
        assertThat(served).isFalse();
    }

    @Test
    void noHandshakeBeyondTheLimit() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(
                new NodeRig.Builder().limits(new IngressLimits(100, 2, 10)).inbound("in", inbound, socks()));
        Peer one = node.connect(inbound);
        Peer two = node.connect(inbound);
        Await.until("two handshakes", () -> node.ingress().halfOpen().now() == 2);
        assertTurnedAway(node, inbound);
        one.close();
        two.close();
        node.awaitQuiet();
    }

    @Test
    void aPortThatIsTakenOpensNothing() throws Exception {
        int free = NodeRig.freePort();
        try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            NodeRig.Builder builder = new NodeRig.Builder()
                    .inbound(
                            "a",
                            free,
                            new InboundSettings.Dokodemo(
                                    Address.parse("127.0.0.1"), 9, Set.of(Network.TCP, Network.UDP), false, 0))
                    .inbound("b", taken.getLocalPort(), socks());
            assertThatThrownBy(builder::start).isInstanceOf(ListenException.class);
        }
        // All are free again, UDP too.
        start(new NodeRig.Builder()
                .inbound(
                        "a",
                        free,
                        new InboundSettings.Dokodemo(
                                Address.parse("127.0.0.1"), 9, Set.of(Network.TCP, Network.UDP), false, 0)));
    }

    @Test
    void drainingLeavesSessionsAlone() throws Exception {
        int inbound = NodeRig.freePort();
        NodeRig node = start(new NodeRig.Builder().inbound("in", inbound, socks()));
        int echo = node.xorEcho();
        Peer peer = node.connect(inbound);
        peer.send(hex("05 01 00 05 01 00 01 7f000001" + "%04x".formatted(echo) + "00"));
        peer.read(13);
        node.inbounds().shutdown();
        Await.until("nobody listens", () -> {
            try (Peer late =
                    Peer.connect(new InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), inbound), 0)) {
                return late.socket().isClosed();
            } catch (IOException e) {
                return true;
            }
        });
        peer.send(new byte[] {0});
        assertThat(peer.read(1)).containsExactly(0x5A);
        peer.close();
        node.awaitQuiet();
    }
}
