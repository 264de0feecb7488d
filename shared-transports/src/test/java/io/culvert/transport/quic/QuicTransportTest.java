package io.culvert.transport.quic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.Tls;
import io.culvert.config.TransportSettings.PacketHeader;
import io.culvert.config.TransportSettings.Quic;
import io.culvert.config.TransportSettings.QuicSecurity;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Kept;
import io.culvert.transport.testkit.TestCertificate;
import io.culvert.transport.testkit.TestLoop;
import io.culvert.transport.tls.TlsServers;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Both halves against each other over loopback. */
class QuicTransportTest {
    private static final Quic PLAIN = new Quic(QuicSecurity.NONE, "", PacketHeader.NONE);
    private static final SecuritySettings NO_TLS = new SecuritySettings.None();
    private static final String NAME = "quic.culvert.test";
    private static final Address SERVER = Address.parse("127.0.0.1");

    private final TlsServers servers = new TlsServers();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final BlockingQueue<End> accepted = new LinkedBlockingQueue<>();
    private TestLoop loop = new TestLoop(TestLoop.Kind.NIO);

    @BeforeEach
    void quicIsHere() {
        assumeTrue(io.netty.handler.codec.quic.Quic.isAvailable(), "skipped: no native QUIC on this platform");
        useLoop(TestLoop.Kind.EPOLL);
    }

    private void useLoop(TestLoop.Kind kind) {
        assumeTrue(kind.isAvailable());
        loop.close();
        loop = new TestLoop(kind);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        loop.settle();
        loop.close();
    }

    static Stream<Quic> settings() {
        return Arrays.stream(PacketHeader.values())
                .flatMap(header ->
                        Arrays.stream(QuicSecurity.values()).map(security -> new Quic(security, "key", header)));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void bytes_and_ends_go_both_ways(Quic settings) throws Exception {
        int port = serve(settings, NO_TLS);
        exchange(client(settings, NO_TLS), port);
    }

    @ParameterizedTest
    @EnumSource(TestLoop.Kind.class)
    void on_every_kind_of_loop(TestLoop.Kind kind) throws Exception {
        useLoop(kind);
        exchange(client(PLAIN, NO_TLS), serve(PLAIN, NO_TLS));
    }

    private void exchange(QuicClientTransport client, int port) throws Exception {
        End mine = connect(client, port);
        byte[] question = bytes(300_000);
        mine.write(question);
        mine.end();
        End theirs = nextAccepted();
        theirs.awaitEnd();
        assertThat(theirs.received()).isEqualTo(question);
        assertThat(ClientAddress.of(theirs.channel).getAddress().isLoopbackAddress())
                .isTrue();
        byte[] answer = bytes(500_000);
        theirs.write(answer);
        theirs.end();
        mine.awaitEnd();
        assertThat(mine.received()).isEqualTo(answer);
    }

    /** What sing-box's clients offer beside what V2Ray's do. */
    @ParameterizedTest
    @ValueSource(strings = {"h2", "http/1.1", "h3"})
    void a_server_without_alpn_takes_what_clients_offer(String offered) throws Exception {
        Tls offers = new Tls(NAME, List.of(offered), true, false, false, List.of());
        exchange(client(PLAIN, offers), serve(PLAIN, NO_TLS));
        exchange(
                client(PLAIN, offers),
                serve(PLAIN, tls(null, false, TestCertificate.of(NAME).served())));
    }

    @Test
    void an_aborted_stream_is_no_end() throws Exception {
        End mine = connect(client(PLAIN, NO_TLS), serve(PLAIN, NO_TLS));
        mine.write(bytes(1_000));
        End theirs = nextAccepted();
        Await.until("all has come", () -> theirs.size() == 1_000);
        loop.call(() -> {
            Channels.abort(mine.channel);
            return true;
        });
        Await.until("the other side is told", () -> !theirs.channel.isActive());
        assertThat(theirs.ended()).isFalse();
    }

    @Test
    void a_closed_stream_ends_and_lets_the_other_side_finish() throws Exception {
        End mine = connect(client(PLAIN, NO_TLS), serve(PLAIN, NO_TLS));
        mine.write(bytes(100_000));
        End theirs = nextAccepted();
        loop.call(() -> {
            Channels.closeGently(mine.channel);
            return true;
        });
        theirs.awaitEnd();
        assertThat(theirs.received()).isEqualTo(bytes(100_000));
        assertThat(mine.channel.isOpen()).isFalse();
    }

    @Test
    void who_does_not_read_stops_who_writes() throws Exception {
        End mine = connect(client(PLAIN, NO_TLS), serve(PLAIN, NO_TLS));
        mine.write(bytes(1));
        End theirs = nextAccepted();
        Await.until("the first byte has come", () -> theirs.size() == 1);
        theirs.channel.config().setAutoRead(false);
        loop.settle();
        int written = 1;
        while (loop.call(mine.channel::isWritable)) {
            mine.write(bytes(64 * 1024));
            written += 64 * 1024;
            assertThat(written).isLessThan(16 << 20);
        }
        assertThat(theirs.size()).isEqualTo(1);
        mine.end();
        theirs.channel.config().setAutoRead(true);
        theirs.awaitEnd();
        assertThat(theirs.size()).isEqualTo(written);
    }

    @Test
    void more_streams_than_a_connection_has_open_another_one() throws Exception {
        QuicClientTransport client = client(PLAIN, NO_TLS);
        int port = serve(PLAIN, NO_TLS);
        List<End> ends = new ArrayList<>();
        for (int i = 0; i < QuicLimits.STREAMS + 1; i++) {
            End end = connect(client, port);
            end.write(bytes(1));
            ends.add(end);
        }
        List<InetSocketAddress> sources = new ArrayList<>();
        for (int i = 0; i < ends.size(); i++) {
            InetSocketAddress source = ClientAddress.of(nextAccepted().channel);
            if (!sources.contains(source)) {
                sources.add(source);
            }
        }
        assertThat(sources).hasSize(2);
    }

    @Test
    void streams_that_ended_make_room_for_others() throws Exception {
        QuicClientTransport client = client(PLAIN, NO_TLS);
        int port = serve(PLAIN, NO_TLS);
        List<InetSocketAddress> sources = new ArrayList<>();
        for (int i = 0; i < 3 * QuicLimits.STREAMS; i++) {
            End mine = connect(client, port);
            mine.write(bytes(10));
            mine.end();
            End theirs = nextAccepted();
            theirs.awaitEnd();
            theirs.write(bytes(10));
            theirs.end();
            mine.awaitEnd();
            sources.add(ClientAddress.of(theirs.channel));
        }
        assertThat(sources.stream().distinct()).hasSize(1);
    }

    @Test
    void where_nothing_listens_the_failure_comes_at_once() throws Exception {
        int port = serve(PLAIN, NO_TLS);
        close();
        open.clear();
        useLoop(TestLoop.Kind.EPOLL);
        assertThat(failure(client(PLAIN, NO_TLS), port)).isEqualTo(CloseCause.DIAL_REFUSED);
    }

    @Test
    void a_server_that_closes_ends_its_streams() throws Exception {
        End mine = connect(client(PLAIN, NO_TLS), serve(PLAIN, NO_TLS));
        mine.write(bytes(1));
        nextAccepted();
        for (AutoCloseable one : open) {
            one.close();
        }
        Await.until("the client is told", () -> !mine.channel.isActive());
        assertThat(mine.ended()).isFalse();
    }

    @Test
    void the_configured_certificate_is_checked() throws Exception {
        TestCertificate certificate = TestCertificate.of(NAME);
        int port = serve(PLAIN, tls(null, false, certificate.served()));
        exchange(client(PLAIN, tls(NAME, false, certificate.trusted())), port);
        exchange(client(PLAIN, tls(null, true)), port);
        assertThat(opened(client(PLAIN, tls("other.culvert.test", false, certificate.trusted())), port)
                        .cause())
                .hasMessage("QUIC: TLS: certificate is for " + NAME + ", not other.culvert.test");
        TestCertificate stranger = TestCertificate.of(NAME);
        assertThat(opened(client(PLAIN, tls(NAME, false, stranger.trusted())), port)
                        .cause())
                .hasMessage("QUIC: TLS: certificate is not signed by a trusted authority; it is signed by itself");
        assertThat(failure(client(PLAIN, tls(null, false, certificate.trusted())), port))
                .isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED);
    }

    @Test
    void several_certificates_are_chosen_by_name() throws Exception {
        TestCertificate first = TestCertificate.of("first.culvert.test");
        TestCertificate second = TestCertificate.of("*.second.culvert.test");
        int port = serve(PLAIN, tls(null, false, first.served(), second.served()));
        exchange(client(PLAIN, tls("first.culvert.test", false, first.trusted())), port);
        exchange(client(PLAIN, tls("a.second.culvert.test", false, second.trusted())), port);
    }

    @Test
    void replaced_files_are_shown_to_new_connections(@TempDir Path folder) throws Exception {
        TestCertificate first = TestCertificate.of(NAME);
        TestCertificate second = TestCertificate.of(NAME);
        Certificate files = files(folder, first);
        int port = serve(PLAIN, tls(null, false, files));
        QuicClientTransport before = client(PLAIN, tls(NAME, false, first.trusted()));
        exchange(before, port);

        files(folder, second);
        // The first look sees the change, the second that it has settled.
        servers.refresh();
        servers.refresh();
        exchange(client(PLAIN, tls(NAME, false, second.trusted())), port);
        assertThat(failure(client(PLAIN, tls(NAME, false, first.trusted())), port))
                .isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED);
        exchange(before, port);
    }

    private static Certificate files(Path folder, TestCertificate certificate) throws IOException {
        Path cert = Files.writeString(folder.resolve("cert"), certificate.certificatePem());
        Path key = Files.writeString(folder.resolve("key"), certificate.keyPem());
        return new Certificate(
                CertificateUsage.ENCIPHERMENT, cert.toString(), null, key.toString(), null, Position.NONE);
    }

    @Test
    void an_authority_issues_certificates_for_names_that_have_none() throws Exception {
        TestCertificate own = TestCertificate.of("own.culvert.test");
        TestCertificate authority = TestCertificate.of("authority.culvert.test");
        int port = serve(PLAIN, tls(null, false, own.served(), authority.issuing()));
        exchange(client(PLAIN, tls("any.culvert.test", false, authority.trusted())), port);
        exchange(client(PLAIN, tls("own.culvert.test", false, own.trusted())), port);
        assertThat(failure(client(PLAIN, tls("any.culvert.test", false, own.trusted())), port))
                .isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED);
        int alone = serve(PLAIN, tls(null, false, authority.issuing()));
        exchange(client(PLAIN, tls("any.culvert.test", false, authority.trusted())), alone);
    }

    private static Tls tls(@Nullable String serverName, boolean insecure, Certificate... certificates) {
        return new Tls(serverName, List.of(), insecure, certificates.length > 0, false, List.of(certificates));
    }

    private int serve(Quic settings, SecuritySettings security) throws Exception {
        QuicServerSocket socket = new QuicServer(settings, security, SocketOptions.NONE, servers)
                .open(
                        loop.loop(),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        false,
                        _ -> true,
                        stream -> accepted.add(new End(stream)));
        open.add(() -> {
            socket.close();
            socket.bound().channel().closeFuture().await(10, TimeUnit.SECONDS);
        });
        assertThat(socket.bound().await(10, TimeUnit.SECONDS)).isTrue();
        return ((InetSocketAddress) socket.bound().channel().localAddress()).getPort();
    }

    private QuicClientTransport client(Quic settings, SecuritySettings security) throws Exception {
        return new QuicClientTransport(
                settings,
                security,
                null,
                SocketOptions.NONE,
                (_, port, on) -> on.newSucceededFuture(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
    }

    private End connect(QuicClientTransport client, int port) throws Exception {
        Future<Channel> opened = opened(client, port);
        Channel channel = opened.getNow();
        if (channel == null) {
            throw new AssertionError(opened.cause());
        }
        return loop.call(() -> {
            End end = new End(channel);
            channel.config().setAutoRead(true);
            return end;
        });
    }

    private CloseCause failure(QuicClientTransport client, int port) throws Exception {
        Future<Channel> opened = opened(client, port);
        assertThat(opened.cause()).isInstanceOf(SessionFailure.class);
        return ((SessionFailure) opened.cause()).closeCause();
    }

    private Future<Channel> opened(QuicClientTransport client, int port) throws Exception {
        Future<Channel> opened = loop.call(() -> client.open(SERVER, port, loop.loop()));
        assertThat(opened.await(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return opened;
    }

    private End nextAccepted() throws InterruptedException {
        End next = accepted.poll(Await.LONG.toSeconds(), TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no stream came");
        }
        return next;
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + i / 7);
        }
        return bytes;
    }

    /** One end of a stream, which keeps all that comes. Made on its loop. */
    private final class End extends Kept {
        final Channel channel;

        End(Channel channel) {
            this.channel = channel;
            channel.pipeline().addLast(this);
            EarlyBytesHandler.openIn(channel);
        }

        void write(byte[] bytes) throws Exception {
            loop.call(() ->
                    channel.writeAndFlush(Unpooled.directBuffer(bytes.length).writeBytes(bytes)));
        }

        void end() throws Exception {
            loop.call(() -> channel.writeAndFlush(StreamEnd.OUTPUT));
        }

        void awaitEnd() {
            Await.until("the end of a stream", this::ended);
        }
    }
}
