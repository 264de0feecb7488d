package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.OutboundSettings.Freedom;
import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.egress.TestOrders;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.TargetOrigin;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.TestCertificate;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FreedomTest {
    private static final Destination INSIDE = Destination.tcp(Address.parse("10.0.0.1"), 9);

    private final OutboundRig rig = new OutboundRig();
    private final List<InetAddress> clients = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Freedom settings(@Nullable Address redirectAddress, int redirectPort, boolean allowPrivate) {
        return new Freedom(DomainStrategy.AS_IS, redirectAddress, redirectPort, 0, allowPrivate);
    }

    /** Answers at the end of what it gets, with the same. */
    private InetSocketAddress echoAtEnd() throws Exception {
        return rig.serve(peer -> {
            clients.add(peer.socket().getInetAddress());
            byte[] all = peer.readToEnd().bytes();
            peer.send(all);
            peer.finish();
            peer.readToEnd();
        });
    }

    private void assertReaches(DialOrder order) throws Exception {
        byte[] bytes = Payload.of(1, 100_000);
        try (OutboundRig.Opened opened = rig.open(order)) {
            opened.send(bytes);
            opened.finish();
            assertThat(opened.awaitBytes(bytes.length)).isEqualTo(bytes);
            opened.awaitEnd();
        }
    }

    @Test
    void whatTheOperatorWroteIsDialledWhereverItIs() throws Exception {
        rig.apply(settings(null, 0, false));
        assertReaches(TestOrders.operators("out", TestOrders.tcp(echoAtEnd())));
    }

    /** As in V2Ray, whose freedom dials by its stream settings like every other outbound. */
    @Test
    void tlsOfItsOwnIsSpokenToTheDestination() throws Exception {
        TestCertificate certificate = TestCertificate.of("x.test");
        ServerSocket listener =
                certificate.java().getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        InetSocketAddress server = rig.serve(listener, peer -> {
            peer.send(peer.read(4));
            peer.readToEnd();
        });
        var tls = new SecuritySettings.Tls("x.test", List.of(), false, true, false, List.of(certificate.trusted()));
        rig.apply(new OutboundConfig(
                "out",
                null,
                settings(null, 0, false),
                new StreamConfig(new TransportSettings.Raw(), tls, StreamConfig.SockoptConfig.DEFAULT),
                Position.NONE));
        try (OutboundRig.Opened opened = rig.open(TestOrders.operators("out", TestOrders.tcp(server)))) {
            opened.send("ping".getBytes(StandardCharsets.US_ASCII));
            assertThat(opened.awaitBytes(4)).asString().isEqualTo("ping");
        }
        assertThat(rig.serverFaults()).isEmpty();
    }

    @Test
    void aClientOfThisHostMayGoInside() throws Exception {
        rig.apply(settings(null, 0, false));
        assertReaches(TestOrders.order("out", TestOrders.tcp(echoAtEnd()), TestOrders.LOCAL, TargetOrigin.CLIENT));
    }

    @Test
    void aStrangerMayNot() throws Exception {
        rig.apply(settings(null, 0, false));
        Destination target = TestOrders.tcp(echoAtEnd());
        assertThat(rig.refusal(TestOrders.order("out", target))).isEqualTo(CloseCause.ADDRESS_FORBIDDEN);
        assertThat(rig.refusal(TestOrders.order("out", Destination.udp(target.address(), target.port()))))
                .isEqualTo(CloseCause.ADDRESS_FORBIDDEN);
        assertThat(rig.refusal(TestOrders.order("out", INSIDE))).isEqualTo(CloseCause.ADDRESS_FORBIDDEN);
        assertThat(clients).isEmpty();
    }

    @Test
    void aStrangerMayWhereTheOutboundSaysSo() throws Exception {
        rig.apply(settings(null, 0, true));
        assertReaches(TestOrders.order("out", TestOrders.tcp(echoAtEnd())));
    }

    @Test
    void redirectOfHostAndPort() throws Exception {
        InetSocketAddress server = echoAtEnd();
        rig.apply(settings(Address.parse("127.0.0.1"), server.getPort(), false));
        assertReaches(TestOrders.order("out", INSIDE));
        assertReaches(TestOrders.order("out", Destination.tcp(Address.parse("nothing.invalid"), 1)));
    }

    @Test
    void redirectOfTheHostKeepsThePort() throws Exception {
        InetSocketAddress server = echoAtEnd();
        rig.apply(settings(Address.parse("127.0.0.1"), 0, false));
        assertReaches(TestOrders.order("out", Destination.tcp(Address.parse("10.0.0.1"), server.getPort())));
    }

    @Test
    void redirectOfThePortKeepsTheHostAndItsJudgement() throws Exception {
        InetSocketAddress server = echoAtEnd();
        rig.apply(settings(null, server.getPort(), false));
        Destination elsewhere = Destination.tcp(Address.parse("127.0.0.1"), 1);
        assertThat(rig.refusal(TestOrders.order("out", elsewhere))).isEqualTo(CloseCause.ADDRESS_FORBIDDEN);
        assertReaches(TestOrders.operators("out", elsewhere));
    }

    @Test
    void sendThrough() throws Exception {
        InetAddress local = InetAddress.ofLiteral("127.0.0.2");
        rig.apply(new OutboundConfig("out", local, settings(null, 0, true), StreamConfig.RAW, Position.NONE));
        assertReaches(TestOrders.order("out", TestOrders.tcp(echoAtEnd())));
        assertThat(clients).containsExactly(local);
    }

    @Test
    void datagrams() throws Exception {
        rig.apply(settings(null, 0, true));
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout((int) Await.LONG.toMillis());
            Destination target = Destination.udp(Address.parse("127.0.0.1"), server.getLocalPort());
            OutboundRig.Opened opened = rig.open(TestOrders.order("out", target));
            byte[] bytes = Payload.of(2, 1_400);
            opened.send(bytes);
            DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
            server.receive(packet);
            assertThat(packet.getLength()).isEqualTo(bytes.length);
            server.send(packet);
            assertThat(opened.awaitBytes(bytes.length)).isEqualTo(bytes);
            assertThat(opened.datagrams()).containsExactly(1_400);
        }
    }

    @Test
    void nobodyThere() throws Exception {
        rig.apply(settings(null, 0, true));
        int free;
        try (var gone = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = gone.getLocalPort();
        }
        assertThat(rig.refusal(TestOrders.order("out", Destination.tcp(Address.parse("127.0.0.1"), free))))
                .isEqualTo(CloseCause.DIAL_REFUSED);
        Await.until("nothing is being opened", () -> rig.egress().opening() == 0);
    }
}
