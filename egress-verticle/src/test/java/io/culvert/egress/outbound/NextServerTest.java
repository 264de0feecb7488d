package io.culvert.egress.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.Account;
import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.ProxyServer;
import io.culvert.config.OutboundSettings.VlessAccount;
import io.culvert.config.OutboundSettings.VlessServer;
import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.egress.TestOrders;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestCertificate;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two servers, one of which fails in the way of the test: no session is lost, and the reason is known. */
class NextServerTest {
    private static final Destination TARGET = Destination.tcp(Address.parse("10.1.2.3"), 443);
    private static final int SESSIONS = 10;

    private final OutboundRig rig = new OutboundRig();
    private final AtomicInteger failed = new AtomicInteger();

    @AfterEach
    void close() {
        rig.close();
        assertThat(rig.serverFaults()).isEmpty();
    }

    private void assertNoneIsLost(InetSocketAddress good) throws Exception {
        for (int i = 0; i < SESSIONS; i++) {
            Future<Channel> opened = rig.tryOpen(TestOrders.order("out", TARGET));
            assertThat(opened.cause()).isNull();
            assertThat(Channels.serverOf(opened.getNow())).isEqualTo("127.0.0.1:" + good.getPort());
            opened.getNow().close().sync();
        }
        assertThat(failed.get()).as("sessions that began at the bad server").isGreaterThan(SESSIONS / 3);
    }

    private static ProxyServer proxy(InetSocketAddress at, Account... accounts) {
        return new ProxyServer(Address.ofIp(at.getAddress().getAddress()), at.getPort(), List.of(accounts));
    }

    private static String readHead(Peer peer) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append(new String(peer.read(1), StandardCharsets.US_ASCII));
        }
        return head.toString();
    }

    private static void answer(Peer peer, String head) throws IOException {
        peer.send((head + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        peer.readToEnd();
    }

    @Test
    void anHttpProxyThatWantsAnAccount() throws Exception {
        InetSocketAddress bad = rig.serve(peer -> {
            failed.incrementAndGet();
            readHead(peer);
            answer(peer, "HTTP/1.1 407 Proxy Authentication Required");
        });
        InetSocketAddress good = rig.serve(peer -> {
            readHead(peer);
            answer(peer, "HTTP/1.1 200 OK");
        });
        rig.apply(new OutboundSettings.Http(List.of(proxy(bad), proxy(good))));
        assertNoneIsLost(good);
        rig.apply(new OutboundSettings.Http(List.of(proxy(bad))));
        failed.set(0);
        assertThat(rig.tryOpen(TestOrders.order("out", TARGET)).cause())
                .hasMessage("failed to find an available destination: 127.0.0.1:" + bad.getPort()
                        + ": Proxy responded with non 200 code: 407 Proxy Authentication Required");
        assertThat(failed.get()).as("who has refused is not asked twice").isEqualTo(1);
    }

    @Test
    void aSocksServerThatRefuses() throws Exception {
        InetSocketAddress bad = rig.serve(peer -> {
            failed.incrementAndGet();
            peer.read(3);
            peer.send(HexFormat.of().parseHex("05ff"));
            peer.readToEnd();
        });
        InetSocketAddress good = rig.serve(peer -> {
            peer.read(3);
            peer.send(HexFormat.of().parseHex("0500"));
            peer.read(10);
            peer.send(HexFormat.of().parseHex("05000001000000000000"));
            peer.readToEnd();
        });
        rig.apply(new OutboundSettings.Socks(List.of(proxy(bad), proxy(good))));
        assertNoneIsLost(good);
    }

    private void vless(StreamConfig stream, InetSocketAddress... servers) throws Exception {
        List<VlessAccount> users = List.of(new VlessAccount(UUID.randomUUID(), 0, ""));
        List<VlessServer> list = java.util.Arrays.stream(servers)
                .map(at -> new VlessServer(Address.ofIp(at.getAddress().getAddress()), at.getPort(), users))
                .toList();
        rig.apply(new OutboundConfig("out", null, new OutboundSettings.Vless(list), stream, Position.NONE));
    }

    @Test
    void aFrontThatDoesNotKnowThePath() throws Exception {
        InetSocketAddress bad = rig.serve(peer -> {
            failed.incrementAndGet();
            readHead(peer);
            answer(peer, "HTTP/1.1 404 Not Found");
        });
        InetSocketAddress good = rig.serve(peer -> {
            readHead(peer);
            answer(peer, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket");
        });
        vless(
                new StreamConfig(
                        new TransportSettings.HttpUpgrade("/x", "", Map.of(), 0, "", true),
                        new SecuritySettings.None(),
                        StreamConfig.SockoptConfig.DEFAULT),
                bad,
                good);
        assertNoneIsLost(good);
    }

    @Test
    void anotherCertificate() throws Exception {
        TestCertificate trusted = TestCertificate.of("proxy.test");
        TestCertificate stranger = TestCertificate.of("proxy.test");
        InetSocketAddress bad = rig.serve(peer -> {
            failed.incrementAndGet();
            shake(peer, stranger);
        });
        InetSocketAddress good = rig.serve(peer -> shake(peer, trusted));
        vless(
                new StreamConfig(
                        new TransportSettings.Raw(),
                        new SecuritySettings.Tls(
                                "proxy.test", List.of(), false, true, false, List.of(trusted.trusted())),
                        StreamConfig.SockoptConfig.DEFAULT),
                bad,
                good);
        assertNoneIsLost(good);
    }

    private static void shake(Peer peer, TestCertificate certificate) {
        try (Peer secured = peer.startTls(certificate.java(), false, "", "TLSv1.2")) {
            secured.readToEnd();
        } catch (IOException _) {
            // A client that does not trust it says so by an alert, which is what the test is about.
        }
    }

    @Test
    void aServerThatIsNotThere() throws Exception {
        InetSocketAddress good = rig.serve(Peer::readToEnd);
        InetSocketAddress bad;
        try (java.net.ServerSocket gone = new java.net.ServerSocket(0, 1, good.getAddress())) {
            bad = (InetSocketAddress) gone.getLocalSocketAddress();
        }
        failed.set(SESSIONS);
        vless(StreamConfig.RAW, bad, good);
        assertNoneIsLost(good);
    }
}
