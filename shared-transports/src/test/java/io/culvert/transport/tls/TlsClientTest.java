package io.culvert.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.SecuritySettings.Tls;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestCertificate;
import io.culvert.transport.testkit.TestLoop;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** TLS clients against Java's own server. */
class TlsClientTest {
    private static final TestCertificate OWN = TestCertificate.of("server.test");
    private static final TestCertificate OTHER = TestCertificate.of("server.test");
    private static final Address IP = Address.parse("127.0.0.1");
    private static final Address NAME = Address.parse("server.test");

    private final TestLoop loop = new TestLoop(TestLoop.Kind.NIO);

    @AfterEach
    void close() throws Exception {
        loop.close();
    }

    private static Tls trusting(@Nullable String serverName, TestCertificate... trusted) {
        return new Tls(
                serverName,
                List.of(),
                false,
                true,
                false,
                java.util.Arrays.stream(trusted).map(TestCertificate::trusted).toList());
    }

    /** What a server does with a connection; its outcome is the server's own. */
    private interface Server {
        void serve(Peer peer) throws IOException;
    }

    private static void shakeHands(Peer raw) throws IOException {
        Peer peer = raw.startTls(OWN.java(), false, "", new String[] {"TLSv1.3", "TLSv1.2"}, null);
        peer.send(new byte[] {42});
        peer.readToEnd();
    }

    private Future<Channel> connect(Tls settings, Address server, Server behaviour) throws Exception {
        TlsClient client = new TlsClient(
                TlsContexts.client(settings, List.of("h2", "http/1.1")),
                settings.serverName(),
                settings.allowInsecure());
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Channel channel = loop.call(() -> Sockets.connect(
                            loop.loop(),
                            (InetSocketAddress) listener.getLocalSocketAddress(),
                            null,
                            SocketOptions.NONE))
                    .sync()
                    .channel();
            Peer peer = Peer.of(listener.accept());
            Thread.ofVirtual().start(() -> {
                try (peer) {
                    behaviour.serve(peer);
                } catch (IOException e) {
                    // The client's view is what is tested.
                }
            });
            Future<Channel> done = loop.call(() -> client.install(channel, server, 443));
            assertThat(done.await(Await.LONG.toMillis())).isTrue();
            if (!done.isSuccess()) {
                Await.until("closed", () -> !channel.isOpen());
            }
            return done;
        }
    }

    private static void assertRefused(Future<Channel> done) {
        assertThat(done.isSuccess()).isFalse();
        assertThat(done.cause())
                .isInstanceOfSatisfying(
                        SessionFailure.class,
                        failure -> assertThat(failure.closeCause()).isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED));
    }

    private static void assertRefused(Future<Channel> done, String why) {
        assertRefused(done);
        assertThat(done.cause()).hasMessage(why);
    }

    private static void assertSecured(Future<Channel> done) throws Exception {
        assertThat(done.cause()).isNull();
        done.getNow().close().sync();
    }

    @Test
    void aTrustedCertificateOfTheRightName() throws Exception {
        assertSecured(connect(trusting("server.test", OWN), IP, TlsClientTest::shakeHands));
        assertSecured(connect(trusting(null, OWN), NAME, TlsClientTest::shakeHands));
    }

    @Test
    void theWrongName() throws Exception {
        Future<Channel> done = connect(trusting("elsewhere.test", OWN), IP, TlsClientTest::shakeHands);
        assertRefused(done, "TLS: certificate is for server.test, not elsewhere.test");
    }

    @Test
    void aCertificateThatNobodyVouchesFor() throws Exception {
        assertRefused(
                connect(trusting("server.test", OTHER), IP, TlsClientTest::shakeHands),
                "TLS: certificate is not signed by a trusted authority; it is signed by itself");
        Tls systemRoots = new Tls("server.test", List.of(), false, false, false, List.of());
        assertRefused(connect(systemRoots, IP, TlsClientTest::shakeHands));
    }

    @Test
    void aCertificateThatHasExpired() throws Exception {
        TestCertificate old = TestCertificate.expired("server.test");
        Future<Channel> done = connect(trusting("server.test", OTHER), IP, raw -> {
            raw.startTls(old.java(), false, "", new String[] {"TLSv1.3"}, null).readToEnd();
        });
        assertRefused(
                done,
                "TLS: certificate has expired on "
                        + old.certificate().getNotAfter().toInstant());
    }

    @Test
    void aServerThatAnswersWithAnAlert() throws Exception {
        Future<Channel> done = connect(trusting("server.test", OWN), IP, peer -> {
            peer.read(10);
            peer.send(new byte[] {21, 3, 3, 0, 2, 2, 40});
            peer.readToEnd();
        });
        assertRefused(done, "TLS: the server answered with the alert handshake_failure");
    }

    @Test
    void withoutSystemRootsAndCertificatesNothingIsTrusted() throws Exception {
        assertRefused(
                connect(trusting("server.test"), IP, TlsClientTest::shakeHands),
                "TLS: certificate is not signed by a trusted authority; none is trusted");
    }

    @Test
    void aConfiguredCertificateIsTrustedBesideTheSystemRoots() throws Exception {
        Tls both = new Tls("server.test", List.of(), false, false, false, List.of(OWN.trusted()));
        assertSecured(connect(both, IP, TlsClientTest::shakeHands));
    }

    @Test
    void anIpAddressWithoutANameIsRefusedBeforeAnythingIsSent() throws Exception {
        assertRefused(connect(trusting(null, OWN), IP, peer -> {
            if (peer.socket().getInputStream().read() >= 0) {
                throw new AssertionError("something was sent");
            }
        }));
    }

    @Test
    void allowInsecureChecksNothing() throws Exception {
        Tls insecure = new Tls(null, List.of(), true, false, false, List.of());
        assertSecured(connect(insecure, IP, TlsClientTest::shakeHands));
        assertSecured(
                connect(new Tls("any.test", List.of(), true, false, false, List.of()), IP, TlsClientTest::shakeHands));
    }

    @Test
    void alpnIsOffered() throws Exception {
        String[] chosen = {""};
        assertSecured(connect(trusting("server.test", OWN), IP, raw -> {
            Peer peer = raw.startTls(OWN.java(), false, "", new String[] {"TLSv1.3"}, new String[] {"http/1.1"});
            chosen[0] = ((SSLSocket) peer.socket()).getApplicationProtocol();
            peer.send(new byte[] {1});
            peer.readToEnd();
        }));
        Await.until("a protocol", () -> "http/1.1".equals(chosen[0]));
    }

    @Test
    void aServerThatSpeaksNoTls() throws Exception {
        assertRefused(
                connect(trusting("server.test", OWN), IP, peer -> peer.send(new byte[100])),
                "TLS: the server does not speak TLS");
    }

    @Test
    void aServerThatClosesInTheHandshake() throws Exception {
        assertRefused(
                connect(trusting("server.test", OWN), IP, peer -> peer.read(10)),
                "TLS: the server ended the connection in the handshake");
    }

    @Test
    void aServerThatEndsItsStreamInTheHandshakeIsNotWaitedFor() throws Exception {
        long start = System.nanoTime();
        assertRefused(connect(trusting("server.test", OWN), IP, peer -> {
            peer.read(10);
            peer.finish();
            peer.readToEnd();
        }));
        assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(TlsClient.HANDSHAKE_MILLIS);
    }

    @Test
    void aServerThatResetsInTheHandshake() throws Exception {
        assertRefused(connect(trusting("server.test", OWN), IP, peer -> {
            peer.read(10);
            peer.reset();
        }));
    }
}
