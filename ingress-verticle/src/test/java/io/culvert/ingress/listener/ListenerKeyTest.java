package io.culvert.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.PortRange;
import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.config.TransportSettings;
import io.culvert.model.Cidr;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ListenerKeyTest {
    private static InboundConfig inbound(int mark, String... fronts) {
        return inbound(new TransportSettings.Raw(), mark, fronts);
    }

    private static InboundConfig inbound(TransportSettings transport, int mark, String... fronts) {
        SockoptConfig sockopt = new SockoptConfig(
                mark,
                false,
                SockoptConfig.UNSET,
                TransparentMode.OFF,
                0,
                0,
                List.of(fronts).stream().map(Cidr::parse).toList());
        return new InboundConfig(
                "in",
                "127.0.0.1",
                new PortRange(1, 1),
                new InboundSettings.Socks(false, List.of(), false, null, 0, false),
                new StreamConfig(transport, new SecuritySettings.None(), sockopt),
                InboundConfig.SniffingConfig.OFF,
                0,
                Position.NONE);
    }

    /** Which fronts are trusted changes without a socket being closed, as what a socket is opened with cannot. */
    @Test
    void trustedFrontsAreNoPartOfASocket() {
        assertThat(ListenerKey.stream(inbound(0, "10.0.0.5"), 1)).isEqualTo(ListenerKey.stream(inbound(0), 1));
        assertThat(ListenerKey.stream(inbound(7, "10.0.0.5"), 1)).isEqualTo(ListenerKey.stream(inbound(7), 1));
        assertThat(ListenerKey.stream(inbound(7), 1)).isNotEqualTo(ListenerKey.stream(inbound(0), 1));
        assertThat(ListenerKey.datagrams(inbound(7, "10.0.0.5"), 1, false))
                .isEqualTo(ListenerKey.datagrams(inbound(7), 1, false));
    }

    /** What is set before a socket is bound makes it another one, over UDP too. */
    @ParameterizedTest
    @MethodSource("overUdp")
    void aMarkIsPartOfEverySocket(TransportSettings transport) {
        ListenerKey marked = ListenerKey.stream(inbound(transport, 7), 1);
        assertThat(marked).isEqualTo(ListenerKey.stream(inbound(transport, 7, "10.0.0.5"), 1));
        assertThat(marked).isNotEqualTo(ListenerKey.stream(inbound(transport, 0), 1));
    }

    static List<TransportSettings> overUdp() {
        return List.of(
                TransportSettings.Kcp.DEFAULT,
                new TransportSettings.Quic(
                        TransportSettings.QuicSecurity.NONE, "", TransportSettings.PacketHeader.NONE));
    }
}
