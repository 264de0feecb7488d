package io.culvert.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.Account;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.PortRange;
import io.culvert.config.Position;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.model.Network;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody becomes an open proxy by mistake. */
class ClientFilterTest {
    private static final StreamConfig TLS = new StreamConfig(
            new TransportSettings.Raw(),
            new SecuritySettings.Tls(null, List.of(), false, false, false, List.of()),
            StreamConfig.SockoptConfig.DEFAULT);
    private static final Account BOB = new Account("bob", "pw");

    private static boolean serves(InboundSettings settings, StreamConfig stream, String client) {
        InboundConfig inbound = new InboundConfig(
                "",
                "0.0.0.0",
                new PortRange(1, 1),
                settings,
                stream,
                InboundConfig.SniffingConfig.OFF,
                0,
                Position.NONE);
        return ClientFilter.of(inbound).serves(InetAddress.ofLiteral(client));
    }

    private static InboundSettings socks(boolean password, boolean open) {
        return new InboundSettings.Socks(password, password ? List.of(BOB) : List.of(), false, null, 0, open);
    }

    private static InboundSettings http(boolean account, boolean open) {
        return new InboundSettings.Http(account ? List.of(BOB) : List.of(), false, 0, open);
    }

    private static InboundSettings vless(boolean insecure) {
        return new InboundSettings.Vless(List.of(), insecure);
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.7", "8.8.8.8", "100.64.0.1", "172.32.0.1", "2001:db8::1", "2002:7f00:1::"})
    void strangersNeedAnAccountOrTheOperatorsWord(String client) {
        assertThat(serves(socks(false, false), StreamConfig.RAW, client)).isFalse();
        assertThat(serves(socks(false, false), TLS, client)).isFalse();
        assertThat(serves(socks(true, false), StreamConfig.RAW, client)).isTrue();
        assertThat(serves(socks(false, true), StreamConfig.RAW, client)).isTrue();
        assertThat(serves(http(false, false), StreamConfig.RAW, client)).isFalse();
        assertThat(serves(http(true, false), StreamConfig.RAW, client)).isTrue();
        assertThat(serves(http(false, true), StreamConfig.RAW, client)).isTrue();
        assertThat(serves(vless(false), StreamConfig.RAW, client)).isFalse();
        assertThat(serves(vless(false), TLS, client)).isTrue();
        assertThat(serves(vless(true), StreamConfig.RAW, client)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.8.8.8",
                "::1",
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.1.1",
                "fe80::1",
                "fc00::1",
                "fd12::1",
                "::ffff:10.0.0.1"
            })
    void theHousesOwnClientsAreServed(String client) {
        assertThat(serves(socks(false, false), StreamConfig.RAW, client)).isTrue();
        assertThat(serves(http(false, false), StreamConfig.RAW, client)).isTrue();
        assertThat(serves(vless(false), StreamConfig.RAW, client)).isTrue();
    }

    @Test
    void whatAuthenticatesByItselfServesEverybody() {
        assertThat(serves(new InboundSettings.Vmess(List.of(), false), StreamConfig.RAW, "8.8.8.8"))
                .isTrue();
        assertThat(serves(
                        new InboundSettings.Dokodemo(Address.parse("1.1.1.1"), 53, Set.of(Network.TCP), false, 0),
                        StreamConfig.RAW,
                        "8.8.8.8"))
                .isTrue();
    }

    @Test
    void limitsFitTheProcess() {
        assertThat(IngressLimits.of(20_000, 512L << 20)).isEqualTo(new IngressLimits(9_750, 4_875, 4_096));
        assertThat(IngressLimits.of(1_000_000, 8L << 30).datagramSessions()).isEqualTo(65_536);
        assertThat(IngressLimits.of(1_000_000, 0).datagramSessions()).isEqualTo(1_024);
        assertThat(IngressLimits.of(256, 512L << 20)).isEqualTo(new IngressLimits(64, 64, 64));
        assertThat(IngressLimits.of(Long.MAX_VALUE, Long.MAX_VALUE).sessions()).isEqualTo(1_000_000);
    }
}
