package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundConfig.SniffingConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.PortRange;
import io.culvert.config.TransportSettings.DomainSocket;
import io.culvert.model.Address;
import io.culvert.model.Network;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InboundReaderTest {
    private static String port(String port) {
        return Loads.inbound("\"listen\": \"127.0.0.1\", \"protocol\": \"socks\", \"port\": " + port);
    }

    @Test
    void udpSessions() {
        String socks = "\"listen\": \"127.0.0.1\", \"port\": 1, \"protocol\": \"socks\", \"settings\": {\"udp\": %s}, ";
        String written = socks.formatted("true") + "\"udpSessions\": ";
        assertThat(Loads.theInbound(port("1")).udpSessions()).isZero();
        assertThat(Loads.theInbound(Loads.inbound(written + "65536")).udpSessions())
                .isEqualTo(65_536);
        assertThat(Loads.errors(Loads.inbound(written + "0"))).hasSize(1);
        assertThat(Loads.warnings(Loads.inbound(socks.formatted("false") + "\"udpSessions\": 9")))
                .anyMatch(said -> said.contains("no UDP sessions"));
    }

    @ParameterizedTest
    @CsvSource({
        "443, 443, 443",
        "'\"443\"', 443, 443",
        "'\"1000-1003\"', 1000, 1003",
        "'\"env:PORT\"', 8443, 8443",
        "0, 0, 0",
        "65535, 65535, 65535"
    })
    void portForms(String written, int from, int to) {
        assertThat(Loads.theInbound(port(written)).ports()).isEqualTo(new PortRange(from, to));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "65536",
                "1080.0",
                "1e3",
                "-1",
                "true",
                "[1]",
                "\"1,2\"",
                "\"\"",
                "\" 443\"",
                "\"1003-1000\"",
                "\"env:NONE\"",
                "\"{{ port }}\"",
                "\"99999999999999999999\""
            })
    void otherPortsAreRefused(String written) {
        assertThat(Loads.errors(port(written))).singleElement().asString().startsWith("inbounds[0].port: ");
    }

    @Test
    void aPortIsNeededUnlessItListensOnAUnixSocket() {
        assertThat(Loads.errors(Loads.inbound("\"protocol\": \"socks\"")))
                .singleElement()
                .asString()
                .contains("Listen on AnyIP but no Port(s) set");
        assertThat(Loads.errors(Loads.inbound("\"protocol\": \"socks\", \"listen\": \"::1\"")))
                .singleElement()
                .asString()
                .contains("Listen on specific ip without port");
        String unix = Loads.inbound("\"protocol\": \"socks\", \"listen\": \"@name\"");
        assertThat(Loads.theInbound(unix).ports()).isNull();
        assertThat(Loads.unsupported(unix)).isEmpty();
        assertThat(Loads.theInbound(unix).unixSocket()).isEqualTo(new DomainSocket("name", true, false));
    }

    @Test
    void unixSockets() {
        assertThat(Loads.theInbound(unix("/run/x.sock,0660")).unixSocket())
                .isEqualTo(new DomainSocket("/run/x.sock,0660", false, false));
        assertThat(Loads.theInbound(unix("@@padded")).unixSocket()).isEqualTo(new DomainSocket("padded", true, true));
        assertThat(Loads.errors(unix("@"))).singleElement().asString().contains("1 to 107 bytes");
        assertThat(Loads.errors(unix("@" + "x".repeat(108)))).hasSize(1);
        assertThat(Loads.errors(unix("/" + "x".repeat(106) + ",0600"))).isEmpty();
        assertThat(Loads.errors(Loads.inbound("\"protocol\": \"vmess\", \"listen\": \"@x\","
                        + " \"streamSettings\": {\"network\": \"kcp\"}")))
                .singleElement()
                .asString()
                .contains("a unix socket carries no packets");
    }

    private static String unix(String listen) {
        return Loads.inbound("\"protocol\": \"vmess\", \"listen\": \"" + listen + "\"");
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.1", "localhost, 127.0.0.1", "'::1', '::1'", "'[::]', '::'"})
    void listenForms(String written, String read) {
        assertThat(Loads.theInbound(
                                Loads.inbound("\"port\": 1, \"protocol\": \"vmess\", \"listen\": \"" + written + "\""))
                        .listen())
                .isEqualTo(read);
    }

    @Test
    void aDomainIsNotListenedOn() {
        assertThat(Loads.errors(Loads.inbound("\"port\": 1, \"protocol\": \"vmess\", \"listen\": \"locahost\"")))
                .containsExactly("inbounds[0].listen: unable to listen on domain address: \"locahost\"; expected an IP"
                        + " address, a path or \"@name\"; did you mean \"localhost\"?");
    }

    @Test
    void anUnknownProtocolIsNamedWithTheNearest() {
        assertThat(Loads.errors(Loads.inbound("\"port\": 1, \"protocol\": \"vmes\"")))
                .singleElement()
                .asString()
                .startsWith("inbounds[0].protocol: unknown config id: \"vmes\"")
                .contains("did you mean \"vmess\"?");
    }

    @Test
    void dokodemo() {
        String json =
                Loads.inbound("\"port\": 1, \"protocol\": \"Dokodemo-Door\", \"settings\": {\"address\": \"1.1.1.1\","
                        + " \"port\": 53, \"network\": \"tcp,udp\", \"userLevel\": 2}");
        assertThat(Loads.theInbound(json).settings())
                .isEqualTo(new InboundSettings.Dokodemo(
                        Address.parse("1.1.1.1"), 53, Set.of(Network.TCP, Network.UDP), false, 2));
    }

    @Test
    void xraysNamesOfDokodemoAndSocks() {
        String tunnel =
                Loads.inbound("\"port\": 1, \"protocol\": \"tunnel\", \"settings\": {\"rewriteAddress\": \"a.b\","
                        + " \"rewritePort\": 80}");
        assertThat(Loads.theInbound(tunnel).settings())
                .isEqualTo(new InboundSettings.Dokodemo(Address.parse("a.b"), 80, Set.of(Network.TCP), false, 0));
        String mixed = Loads.inbound("\"port\": 1, \"listen\": \"::1\", \"protocol\": \"mixed\"");
        assertThat(Loads.theInbound(mixed).settings().protocol()).isEqualTo("socks");
        assertThat(Loads.warnings(mixed)).singleElement().asString().contains("\"mixed\" is read as \"socks\"");
    }

    @Test
    void followRedirectNeedsNoDestination() {
        String json = "\"port\": 1, \"protocol\": \"dokodemo-door\", \"settings\": {\"followRedirect\": true%s}";
        assertThat(Loads.load(Loads.inbound(json.formatted(""))).diagnostics()).isEmpty();
        assertThat(Loads.theInbound(Loads.inbound(json.formatted(", \"network\": \"tcp,udp\"")))
                        .settings())
                .isEqualTo(new InboundSettings.Dokodemo(null, 0, Set.of(Network.TCP, Network.UDP), true, 0));
    }

    @Test
    void socksAccountsAndAuth() {
        String json = Loads.socks(", \"settings\": {\"auth\": \"password\", \"udp\": true, \"ip\": \"10.0.0.1\","
                + " \"accounts\": [{\"user\": \"a\", \"pass\": \"b\"}]}");
        InboundSettings.Socks socks =
                (InboundSettings.Socks) Loads.theInbound(json).settings();
        assertThat(socks.password()).isTrue();
        assertThat(socks.udp()).isTrue();
        assertThat(socks.udpAddress()).isEqualTo(Address.parse("10.0.0.1"));
        assertThat(socks.accounts()).singleElement().hasFieldOrPropertyWithValue("pass", "b");
    }

    @Test
    void aMisspeltAuthDoesNotOpenTheProxy() {
        assertThat(Loads.errors(Loads.socks(", \"settings\": {\"auth\": \"pasword\"}")))
                .singleElement()
                .asString()
                .contains("did you mean \"password\"?");
        assertThat(Loads.errors(Loads.socks(", \"settings\": {\"auth\": \"x\", \"accounts\": [{\"user\": \"a\"}]}")))
                .hasSize(1);
        assertThat(Loads.errors(Loads.socks(", \"settings\": {\"auth\": \"none\"}")))
                .isEmpty();
    }

    @Test
    void openInboundsOnPublicAddressesAreMadeSafeWithAWarning() {
        assertThat(Loads.warnings(Loads.inbound("\"port\": 1, \"protocol\": \"socks\"")))
                .containsExactly(
                        "inbounds[0].protocol: a SOCKS inbound without \"auth\": \"password\" on 0.0.0.0 serves only"
                                + " clients from loopback and private networks unless its settings say \"openProxy\": true");
        assertThat(Loads.warnings(Loads.inbound("\"port\": 1, \"protocol\": \"http\", \"listen\": \"::\"")))
                .singleElement()
                .asString()
                .contains("an HTTP inbound without accounts on :: serves only");
        assertThat(Loads.warnings(Loads.inbound(
                        "\"port\": 1, \"protocol\": \"vless\", \"settings\": {\"decryption\": \"none\"}")))
                .singleElement()
                .asString()
                .contains("a VLESS inbound without TLS")
                .contains("\"allowInsecure\": true");
    }

    @Test
    void openInboundsOnLoopbackOrOnPurposeDoNotWarn() {
        assertThat(Loads.warnings(Loads.socks(""))).isEmpty();
        String open = Loads.inbound("\"port\": 1, \"protocol\": \"http\", \"settings\": {\"openProxy\": true}");
        assertThat(Loads.warnings(open)).isEmpty();
        assertThat(((InboundSettings.Http) Loads.theInbound(open).settings()).openProxy())
                .isTrue();
        String vless = Loads.inbound("\"port\": 1, \"protocol\": \"vless\", \"settings\": {\"decryption\": \"none\","
                + " \"allowInsecure\": true}");
        assertThat(Loads.warnings(vless)).isEmpty();
    }

    @Test
    void vmessUsers() {
        String json = Loads.inbound(
                "\"port\": 1, \"protocol\": \"vmess\", \"settings\": {\"disableInsecureEncryption\": true,"
                        + " \"clients\": [{\"id\": \"" + Loads.ID
                        + "\", \"alterId\": 64, \"level\": 1, \"email\": \"a@b\"}]}");
        InboundSettings.Vmess vmess =
                (InboundSettings.Vmess) Loads.theInbound(json).settings();
        assertThat(vmess.disableInsecureEncryption()).isTrue();
        assertThat(vmess.users())
                .singleElement()
                .hasFieldOrPropertyWithValue("alterId", 64)
                .hasFieldOrPropertyWithValue("level", 1)
                .hasFieldOrPropertyWithValue("email", "a@b");
    }

    @Test
    void anEmailIsUsedOnceInAnInbound() {
        String clients =
                "{\"id\": \"%s\", \"email\": \"a@b\"}, {\"id\": \"x\", \"email\": \"A@B\"}".formatted(Loads.ID);
        assertThat(Loads.errors(Loads.inbound(
                        "\"port\": 1, \"protocol\": \"vmess\", \"settings\": {\"clients\": [" + clients + "]}")))
                .containsExactly(
                        "inbounds[0].settings.clients[1].email: User \"A@B\" already exists: e-mails are compared"
                                + " without case");
    }

    @Test
    void vlessWantsDecryptionNoneInV2RaysWords() {
        assertThat(Loads.errors(Loads.inbound("\"port\": 1, \"protocol\": \"vless\", \"settings\": {}")))
                .containsExactly("inbounds[0].settings: VLESS settings: please add/set \"decryption\":\"none\" to every"
                        + " settings");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | please fill in a valid value for every \"dest\"",
                "{\"dest\": \"host\"} | please fill in a valid value for every \"dest\"",
                "{\"dest\": 80, \"xver\": 3} | \"xver\" only accepts 0, 1, 2",
                "{\"dest\": 80, \"path\": \"x\"} | \"path\" must be empty or start with \"/\""
            })
    void fallbacksAreChecked(String fallback, String message) {
        assertThat(Loads.errors(
                        Loads.inbound("\"port\": 1, \"protocol\": \"vless\", \"settings\": {\"decryption\": \"none\","
                                + " \"fallbacks\": [" + fallback + "]}")))
                .singleElement()
                .asString()
                .contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"80", "\"80\"", "\"host:80\"", "\"/run/x\"", "\"@name\"", "\"serve-ws-none\""})
    void goodFallbacksAreNotBuiltYet(String dest) {
        assertThat(Loads.unsupported(
                        Loads.inbound("\"port\": 1, \"protocol\": \"vless\", \"settings\": {\"decryption\":"
                                + " \"none\", \"fallbacks\": [{\"dest\": " + dest + "}]}")))
                .containsExactly("a fallback");
    }

    @Test
    void aDetourIsNotBuiltInEitherSpelling() {
        for (String detour :
                new String[] {"\"detour\": {\"to\": \"x\"}", "\"features\": {\"detour\": {\"to\": \"x\"}}"}) {
            assertThat(Loads.unsupported(
                            Loads.inbound("\"port\": 1, \"protocol\": \"vmess\", \"settings\": {" + detour + "}")))
                    .containsExactly("a detour to another inbound");
        }
    }

    @Test
    void sniffingThatChangesDestinationsIsNotBuilt() {
        String json = Loads.socks(", \"sniffing\": {\"enabled\": true, \"destOverride\": [\"http\", \"TLS\"]}");
        assertThat(Loads.unsupported(json)).containsExactly("sniffing");
        assertThat(Loads.theInbound(json).sniffing()).isEqualTo(new SniffingConfig(true, true, true));
        assertThat(Loads.unsupported(Loads.socks(", \"domainOverride\": [\"http\"]")))
                .containsExactly("sniffing");
    }

    @Test
    void sniffingThatChangesNothingIsAWarning() {
        assertThat(Loads.unsupported(Loads.socks(", \"sniffing\": {\"enabled\": true}")))
                .isEmpty();
        assertThat(Loads.load(Loads.socks(", \"sniffing\": {\"enabled\": false, \"destOverride\": [\"tls\"]}"))
                        .diagnostics())
                .isEmpty();
        assertThat(Loads.errors(Loads.socks(", \"sniffing\": {\"destOverride\": [\"htp\"]}")))
                .singleElement()
                .asString()
                .contains("unknown protocol: \"htp\"; did you mean \"http\"?");
    }

    @Test
    void allocations() {
        assertThat(Loads.load(Loads.socks(", \"allocate\": {\"strategy\": \"always\"}"))
                        .diagnostics())
                .isEmpty();
        assertThat(Loads.errors(Loads.socks(", \"allocate\": {\"strategy\": \"random\", \"concurrency\": 1}")))
                .containsExactly("inbounds[0].allocate.concurrency: not enough ports. concurrency = 1, ports: 1");
        assertThat(Loads.errors(Loads.socks(", \"allocate\": {\"strategy\": \"external\"}")))
                .hasSize(1);
        assertThat(Loads.errors(Loads.socks(", \"allocate\": {\"strategy\": \"randm\"}")))
                .singleElement()
                .asString()
                .endsWith("did you mean \"random\"?");
        assertThat(Loads.unsupported(
                        Loads.inbound("\"listen\": \"::1\", \"port\": \"1000-1010\", \"protocol\": \"socks\","
                                + " \"allocate\": {\"strategy\": \"random\", \"concurrency\": 2}")))
                .containsExactly("a random allocation of ports");
    }

    @Test
    void protocolsOfLaterVersionsAreCheckedNow() {
        assertThat(Loads.unsupported(
                        Loads.inbound("\"port\": 1, \"protocol\": \"shadowsocks\", \"settings\": {\"method\":"
                                + " \"aes-128-gcm\", \"password\": \"p\"}")))
                .containsExactly("the inbound protocol \"shadowsocks\"");
        assertThat(Loads.errors(Loads.inbound(
                        "\"port\": 1, \"protocol\": \"shadowsocks\", \"settings\": {\"method\": \"aes-128-gmc\"}")))
                .hasSize(2)
                .anyMatch(one -> one.contains("Shadowsocks password is not specified."))
                .anyMatch(one -> one.contains("unknown cipher method: \"aes-128-gmc\"; did you mean \"aes-128-gcm\"?"));
        assertThat(Loads.errors(Loads.inbound("\"port\": 1, \"protocol\": \"mtproto\"")))
                .singleElement()
                .asString()
                .contains("zero MTProto users configured.");
    }

    @Test
    void ofInboundsWithTheSameTagTheLastIsStarted() {
        String json = """
                {"inbounds": [{"tag": "a", "port": 1, "protocol": "vmess"}, {"tag": "a", "port": 2, "protocol": "vmess"}]}""";
        assertThat(Loads.config(json).inbounds())
                .singleElement()
                .hasFieldOrPropertyWithValue("ports", new PortRange(2, 2));
    }

    @Test
    void theOldSpellingsComeFirst() {
        String json = """
                {"port": 1, "inbound": {"protocol": "vmess"}, "inboundDetour": [{"port": 2, "protocol": "vmess"}],
                 "inbounds": [{"port": 3, "protocol": "vmess"}],
                 "outbound": {"protocol": "freedom"}, "outboundDetour": [{"protocol": "blackhole"}]}""";
        assertThat(Loads.config(json).inbounds().stream().map(one -> one.ports()))
                .containsExactly(new PortRange(1, 1), new PortRange(2, 2), new PortRange(3, 3));
        assertThat(Loads.config(json).outbounds().stream()
                        .map(one -> one.settings().protocol()))
                .containsExactly("freedom", "blackhole");
    }
}
