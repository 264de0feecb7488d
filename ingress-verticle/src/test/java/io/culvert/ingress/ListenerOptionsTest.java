package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.config.InboundSettings;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.config.TransportSettings;
import io.culvert.transport.testkit.OpenSockets;
import io.culvert.transport.testkit.OpenSockets.Open;
import io.culvert.transport.testkit.OpenSockets.Option;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every option of {@code sockopt} on the listening sockets of every transport, read back from the system. */
class ListenerOptionsTest {
    private static final SockoptConfig OPTIONS = new SockoptConfig(0x1234, false, 77, TransparentMode.TPROXY, 55, 11);
    private static final InboundSettings VLESS = new InboundSettings.Vless(
            List.of(new InboundSettings.VlessUser(UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811"), 0, "")),
            false);
    private static final InboundSettings SOCKS = new InboundSettings.Socks(false, List.of(), true, null, 0, false);

    /** @param sockets how many listen: each of a rig's two loops has its own of QUIC */
    record Case(InboundSettings protocol, TransportSettings transport, boolean tcp, int sockets) {
        @Override
        public String toString() {
            return protocol.protocol() + " over " + transport.getClass().getSimpleName();
        }
    }

    static Stream<Case> cases() {
        Map<String, String> none = Map.of();
        return Stream.of(
                new Case(VLESS, new TransportSettings.Raw(), true, 1),
                new Case(VLESS, new TransportSettings.WebSocket("/", none, 0, "", true), true, 1),
                new Case(VLESS, new TransportSettings.HttpUpgrade("/", "", none, 0, "", true), true, 1),
                new Case(VLESS, new TransportSettings.Http2(List.of(), "/", "PUT", none, true), true, 1),
                new Case(VLESS, new TransportSettings.Grpc("tun", false, ""), true, 1),
                new Case(VLESS, TransportSettings.Kcp.DEFAULT, false, 1),
                new Case(
                        VLESS,
                        new TransportSettings.Quic(
                                TransportSettings.QuicSecurity.NONE, "", TransportSettings.PacketHeader.NONE),
                        false,
                        2),
                new Case(SOCKS, new TransportSettings.Raw(), false, 2));
    }

    @BeforeEach
    void asRoot() {
        assumeTrue(OpenSockets.mayMark(), "skipped: marks need Linux, its native transport and CAP_NET_ADMIN");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void listenersHaveTheirOptions(Case one) throws Exception {
        int port = NodeRig.freePort();
        StreamConfig stream = new StreamConfig(one.transport, new SecuritySettings.None(), OPTIONS);
        try (NodeRig _ = new NodeRig.Builder()
                .nativeTransport(true)
                .inbound("in", "127.0.0.1", port, one.protocol, stream)
                .start()) {
            List<Open> sockets = OpenSockets.at(port);
            assertThat(sockets).hasSize(one.sockets).allSatisfy(socket -> {
                assertThat(socket.get(Option.MARK)).isEqualTo(OPTIONS.mark());
                assertThat(socket.get(Option.TRANSPARENT)).isOne();
                if (one.tcp) {
                    assertThat(socket.get(Option.FAST_OPEN)).isEqualTo(OPTIONS.tcpFastOpen());
                    assertThat(socket.get(Option.KEEP_IDLE)).isEqualTo(OPTIONS.tcpKeepAliveIdleSeconds());
                    assertThat(socket.get(Option.KEEP_INTERVAL)).isEqualTo(OPTIONS.tcpKeepAliveIntervalSeconds());
                }
            });
        }
    }
}
