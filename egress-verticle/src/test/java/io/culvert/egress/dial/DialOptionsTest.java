package io.culvert.egress.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.OpenSockets;
import io.culvert.transport.testkit.OpenSockets.Option;
import io.culvert.transport.testkit.TestLoop;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every option of {@code sockopt} on the sockets that outbounds dial with, read back from the system: a socket of a transparent
 * proxy without its mark would be led back to it.
 */
class DialOptionsTest {
    private static final SockoptConfig OPTIONS = new SockoptConfig(0x1234, false, 1, TransparentMode.TPROXY, 55, 11);
    private static final Address LOOPBACK =
            Address.ofIp(InetAddress.getLoopbackAddress().getAddress());

    static Stream<TransportSettings> transports() {
        Map<String, String> none = Map.of();
        return Stream.of(
                new TransportSettings.Raw(),
                new TransportSettings.WebSocket("/", none, 0, "", true),
                new TransportSettings.HttpUpgrade("/", "", none, 0, "", true),
                new TransportSettings.Http2(List.of(), "/", "PUT", none, true),
                new TransportSettings.Grpc("tun", false, ""),
                TransportSettings.Kcp.DEFAULT,
                new TransportSettings.Quic(
                        TransportSettings.QuicSecurity.NONE, "", TransportSettings.PacketHeader.NONE));
    }

    private final TestLoop loop = new TestLoop(TestLoop.Kind.EPOLL);
    private final Names names = new Names();
    private final Dialer dialer =
            new Dialer(names, new AddressGuard("n1", Set::of, Set::of, Set.of())).with(new SocketOptions(OPTIONS));

    @BeforeEach
    void asRoot() {
        assumeTrue(OpenSockets.mayMark(), "skipped: marks need Linux, its native transport and CAP_NET_ADMIN");
    }

    @AfterEach
    void close() {
        names.close();
        loop.close();
    }

    @ParameterizedTest
    @MethodSource("transports")
    void anOutboundsSocketsHaveTheirOptions(TransportSettings transport) throws Exception {
        // V2Ray's client has HTTP/2 over TLS only.
        SecuritySettings security = transport instanceof TransportSettings.Http2
                ? new SecuritySettings.Tls("a.test", List.of(), true, false, false, List.of())
                : new SecuritySettings.None();
        StreamDialer streams = new StreamDialer(new StreamConfig(transport, security, OPTIONS), null, dialer);
        boolean datagrams = transport instanceof TransportSettings.Kcp || transport instanceof TransportSettings.Quic;
        expectOptions(datagrams, port -> streams.connect(LOOPBACK, port, loop.loop()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void soHaveThoseThatGoToDestinations(boolean datagrams) throws Exception {
        expectOptions(datagrams, port -> {
            Dialer.Target target = new Dialer.Target(LOOPBACK, port, DomainStrategy.AS_IS, false, null);
            return datagrams ? dialer.connectUdp(target, loop.loop()) : dialer.connect(target, loop.loop());
        });
    }

    /** Dials a server that says nothing. */
    private void expectOptions(boolean datagrams, IntFunction<Future<Channel>> dial) throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket stream = new ServerSocket(0, 1, loopback);
                DatagramSocket packets = new DatagramSocket(0, loopback)) {
            int port = datagrams ? packets.getLocalPort() : stream.getLocalPort();
            loop.call(() -> dial.apply(port));
            Await.until(
                    "a socket is there", () -> !OpenSockets.connectedTo(port).isEmpty());
            assertThat(OpenSockets.connectedTo(port)).singleElement().satisfies(socket -> {
                assertThat(socket.get(Option.MARK)).isEqualTo(OPTIONS.mark());
                assertThat(socket.get(Option.TRANSPARENT)).isOne();
                if (!datagrams) {
                    assertThat(socket.get(Option.FAST_OPEN_CONNECT)).isOne();
                    assertThat(socket.get(Option.KEEP_IDLE)).isEqualTo(OPTIONS.tcpKeepAliveIdleSeconds());
                    assertThat(socket.get(Option.KEEP_INTERVAL)).isEqualTo(OPTIONS.tcpKeepAliveIntervalSeconds());
                }
            });
        }
    }
}
