package io.culvert.egress.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.TestLoop;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dialling on real sockets, names from a name server that the test plays. */
class DialerTest {
    private final TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
    private final DnsServer dns = new DnsServer();
    private final Names names = new Names(dns.alone(), Names.QUERY_MILLIS, Names.LOOK_NANOS);
    private final Dialer dialer = new Dialer(names, new AddressGuard("n1", Set::of, Set::of, Set.of()));
    private final List<AutoCloseable> open = new ArrayList<>();

    DialerTest() throws IOException {}

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        names.close();
        dns.close();
        loop.close();
    }

    private ServerSocket listen(String ip, int port) throws IOException {
        ServerSocket listener = new ServerSocket(port, 50, InetAddress.ofLiteral(ip));
        open.add(listener);
        return listener;
    }

    private static Dialer.Target target(String host, int port, DomainStrategy strategy, boolean judged) {
        return new Dialer.Target(Address.parse(host), port, strategy, judged, null);
    }

    private Future<Channel> connect(Dialer.Target target) throws Exception {
        Future<Channel> result = loop.call(() -> dialer.connect(target, loop.loop()));
        assertThat(result.await(Await.LONG.toMillis())).isTrue();
        if (result.isSuccess()) {
            Channel channel = result.getNow();
            open.add(() -> channel.close().sync());
        }
        return result;
    }

    private static InetAddress reached(Future<Channel> result) {
        assertThat(result.cause()).isNull();
        return ((InetSocketAddress) result.getNow().remoteAddress()).getAddress();
    }

    private static @Nullable CloseCause cause(Future<Channel> result) {
        return result.cause() instanceof SessionFailure failure ? failure.closeCause() : null;
    }

    @Test
    void anAddress() throws Exception {
        ServerSocket listener = listen("127.0.0.1", 0);
        Future<Channel> result = connect(target("127.0.0.1", listener.getLocalPort(), DomainStrategy.AS_IS, false));
        assertThat(reached(result)).isEqualTo(listener.getInetAddress());
        assertThat(result.getNow().config().isAutoRead()).isFalse();
    }

    @Test
    void aName() throws Exception {
        ServerSocket listener = listen("127.0.0.5", 0);
        dns.put("five.test", "127.0.0.5");
        assertThat(reached(connect(target("five.test", listener.getLocalPort(), DomainStrategy.AS_IS, false))))
                .isEqualTo(listener.getInetAddress());
    }

    @Test
    void aNameThatDoesNotExist() throws Exception {
        assertThat(cause(connect(target("nothing.test", 80, DomainStrategy.AS_IS, false))))
                .isEqualTo(CloseCause.NAME_NOT_FOUND);
    }

    @Test
    void portZero() throws Exception {
        assertThat(cause(connect(target("127.0.0.1", 0, DomainStrategy.AS_IS, false))))
                .isEqualTo(CloseCause.DIAL_UNREACHABLE);
    }

    @Test
    void aPortWhereNobodyListens() throws Exception {
        int free;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = gone.getLocalPort();
        }
        assertThat(cause(connect(target("127.0.0.1", free, DomainStrategy.AS_IS, false))))
                .isEqualTo(CloseCause.DIAL_REFUSED);
    }

    @Test
    void ofSeveralAddressesTheOneThatAnswers() throws Exception {
        ServerSocket listener = listen("127.0.0.3", 0);
        dns.put("some.test", "127.0.0.2", "127.0.0.3", "127.0.0.4");
        for (int i = 0; i < 5; i++) {
            assertThat(reached(connect(target("some.test", listener.getLocalPort(), DomainStrategy.AS_IS, false))))
                    .isEqualTo(listener.getInetAddress());
        }
    }

    @Test
    void anAddressThatStaysSilentDoesNotHoldUpTheNext() throws Exception {
        ServerSocket listener = listen("127.0.0.3", 0);
        int port = listener.getLocalPort();
        silence("127.0.0.2", port);
        Future<Channel> result = loop.call(() -> HappyEyeballs.connect(
                loop.loop(),
                List.of(InetAddress.ofLiteral("127.0.0.2"), InetAddress.ofLiteral("127.0.0.3")),
                port,
                null,
                io.culvert.transport.raw.SocketOptions.NONE));
        long start = System.nanoTime();
        assertThat(result.await(Await.LONG.toMillis())).isTrue();
        assertThat(reached(result)).isEqualTo(listener.getInetAddress());
        assertThat((System.nanoTime() - start) / 1_000_000)
                .as("long before the silent one is given up")
                .isLessThan(io.culvert.transport.raw.Sockets.CONNECT_MILLIS);
        result.getNow().close().sync();
    }

    /** A listener whose queue is full: the system ignores further clients. */
    private void silence(String ip, int port) throws IOException {
        InetAddress address = InetAddress.ofLiteral(ip);
        ServerSocket listener = new ServerSocket(port, 1, address);
        open.add(listener);
        for (int i = 0; i < 10; i++) {
            Socket filler = new Socket();
            open.add(filler);
            try {
                filler.connect(new InetSocketAddress(address, port), 200);
            } catch (java.net.SocketTimeoutException e) {
                return;
            }
        }
        throw new AssertionError("the queue does not fill");
    }

    @Test
    void allFail() throws Exception {
        int free;
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.2"))) {
            free = gone.getLocalPort();
        }
        dns.put("none.test", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5");
        assertThat(cause(connect(target("none.test", free, DomainStrategy.AS_IS, false))))
                .isEqualTo(CloseCause.DIAL_REFUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0"})
    void aForbiddenAddress(String ip) throws Exception {
        assertThat(cause(connect(target(ip, 80, DomainStrategy.AS_IS, true)))).isEqualTo(CloseCause.ADDRESS_FORBIDDEN);
        assertThat(cause(udp(target(ip, 80, DomainStrategy.AS_IS, true)))).isEqualTo(CloseCause.ADDRESS_FORBIDDEN);
    }

    private Future<Channel> udp(Dialer.Target target) throws Exception {
        Future<Channel> result = loop.call(() -> dialer.connectUdp(target, loop.loop()));
        assertThat(result.await(Await.LONG.toMillis())).isTrue();
        return result;
    }

    /** Linux refuses to connect to the broadcast address as it refuses one without a route. */
    @Test
    void datagramsTakeTheFamilyThatHasARoute() throws Exception {
        assumeTrue(TestLoop.Kind.EPOLL.isAvailable(), "skipped: no epoll here");
        dns.put("both.test", "255.255.255.255", "::1");
        Dialer.Target target = target("both.test", 9, DomainStrategy.AS_IS, false);
        try (TestLoop linux = new TestLoop(TestLoop.Kind.EPOLL)) {
            Future<Channel> opened = linux.call(() -> dialer.connectUdp(target, linux.loop()));
            assertThat(opened.await(Await.LONG.toMillis())).isTrue();
            assertThat(reached(opened)).isEqualTo(InetAddress.ofLiteral("::1"));
            opened.getNow().close().sync();
            Future<InetSocketAddress> server = linux.call(() -> dialer.resolve(target, linux.loop()));
            assertThat(server.await(Await.LONG.toMillis())).isTrue();
            assertThat(server.getNow()).isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("::1"), 9));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void theFamilyIsThatOfTheAddressWhichIsSentThrough(String through) throws Exception {
        InetAddress local = InetAddress.ofLiteral(through);
        dns.put("both.test", "127.0.0.9", "::1");
        InetAddress expected = through.equals("::1") ? local : InetAddress.ofLiteral("127.0.0.9");
        for (DomainStrategy strategy : List.of(DomainStrategy.AS_IS, DomainStrategy.USE_IP)) {
            Dialer.Target target = new Dialer.Target(Address.parse("both.test"), 9, strategy, false, local);
            Future<Channel> opened = udp(target);
            assertThat(reached(opened)).isEqualTo(expected);
            opened.getNow().close().sync();
        }
        assertThat(resolved("both.test", local)).isEqualTo(expected);
        dns.put("other.test", through.equals("::1") ? "127.0.0.9" : "::1");
        assertThat(cause(udp(new Dialer.Target(Address.parse("other.test"), 9, DomainStrategy.AS_IS, false, local))))
                .isEqualTo(CloseCause.DIAL_UNREACHABLE);
    }

    private InetAddress resolved(String name, @Nullable InetAddress local) throws Exception {
        Dialer.Target target = new Dialer.Target(Address.parse(name), 9, DomainStrategy.AS_IS, false, local);
        Future<InetSocketAddress> result = loop.call(() -> dialer.resolve(target, loop.loop()));
        assertThat(result.await(Await.LONG.toMillis())).isTrue();
        return result.getNow().getAddress();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rebound.test", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1"})
    void aNameThatLeadsInside(String name) throws Exception {
        dns.put(name, "127.0.0.1", "10.0.0.1", "fd00::1");
        ServerSocket listener = listen("127.0.0.1", 0);
        for (DomainStrategy strategy : DomainStrategy.values()) {
            assertThat(cause(connect(target(name, listener.getLocalPort(), strategy, true))))
                    .isEqualTo(CloseCause.ADDRESS_FORBIDDEN);
        }
    }

    @Test
    void localhostIsInside() throws Exception {
        assertThat(cause(connect(target("localhost", 80, DomainStrategy.AS_IS, true))))
                .isEqualTo(CloseCause.ADDRESS_FORBIDDEN);
    }

    /** What is judged is what is dialled: the second answer of a name is judged again once the first has expired. */
    @Test
    void aNameThatTurnsInside() throws Exception {
        dns.put("turning.test", "11.0.0.1");
        assertThat(isForbidden("turning.test")).isFalse();
        dns.put("turning.test", "127.0.0.1");
        Await.until("the second answer is asked for, and forbidden", () -> isForbidden("turning.test"));
    }

    /** A datagram's socket is enough to see: opening it sends nothing. */
    private boolean isForbidden(String name) {
        Dialer.Target target = target(name, 9, DomainStrategy.AS_IS, true);
        Future<Channel> result = loop.loop()
                .submit(() -> dialer.connectUdp(target, loop.loop()))
                .awaitUninterruptibly()
                .getNow()
                .awaitUninterruptibly();
        if (result.isSuccess()) {
            result.getNow().close().awaitUninterruptibly();
        }
        return cause(result) == CloseCause.ADDRESS_FORBIDDEN;
    }

    /** The public address is one that nobody has, so it is enough to see that it is the one that is tried. */
    @ParameterizedTest
    @ValueSource(strings = {"AS_IS", "USE_IP", "USE_IPV4"})
    void onlySomeAreInside(String strategy) throws Exception {
        dns.put("mixed.test", "127.0.0.1", "11.0.0.1", "10.0.0.1");
        for (int i = 0; i < 10; i++) {
            Future<Channel> result = udp(target("mixed.test", 9, DomainStrategy.valueOf(strategy), true));
            assertThat(cause(result)).isNotEqualTo(CloseCause.ADDRESS_FORBIDDEN);
            if (result.isSuccess()) {
                assertThat(reached(result)).isEqualTo(InetAddress.ofLiteral("11.0.0.1"));
                result.getNow().close().sync();
            }
        }
    }

    @Test
    void theFamilyThatIsAskedFor() throws Exception {
        dns.put("four.test", "127.0.0.1");
        dns.put("six.test", "::1");
        ServerSocket listener = listen("127.0.0.1", 0);
        int port = listener.getLocalPort();
        assertThat(reached(connect(target("four.test", port, DomainStrategy.USE_IPV4, false))))
                .isEqualTo(listener.getInetAddress());
        assertThat(cause(connect(target("four.test", port, DomainStrategy.USE_IPV6, false))))
                .isEqualTo(CloseCause.NAME_NOT_FOUND);
        assertThat(cause(connect(target("six.test", port, DomainStrategy.USE_IPV4, false))))
                .isEqualTo(CloseCause.NAME_NOT_FOUND);
    }

    @Test
    void fromAnotherLocalAddress() throws Exception {
        ServerSocket listener = listen("127.0.0.1", 0);
        InetAddress local = InetAddress.ofLiteral("127.0.0.2");
        Future<Channel> result = connect(new Dialer.Target(
                Address.parse("127.0.0.1"), listener.getLocalPort(), DomainStrategy.AS_IS, false, local));
        assertThat(reached(result)).isEqualTo(listener.getInetAddress());
        try (Socket accepted = listener.accept()) {
            assertThat(accepted.getInetAddress()).isEqualTo(local);
        }
    }
}
