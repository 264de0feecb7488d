package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.OutboundSettings.Freedom;
import io.culvert.config.OutboundSettings.VmessExperiment;
import io.culvert.config.OutboundSettings.VmessSecurity;
import io.culvert.model.Address;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundReaderTest {
    private static String vmess(String userFields) {
        return Loads.outbound(
                "\"protocol\": \"vmess\", \"settings\": {\"vnext\": [{\"address\": \"a.b\", \"port\": 443,"
                        + " \"users\": [{\"id\": \"" + Loads.ID + "\"" + userFields + "}]}]}");
    }

    private static String freedom(String settings) {
        return Loads.outbound("\"protocol\": \"freedom\", \"settings\": {" + settings + "}");
    }

    private static VmessSecurity security(String json) {
        return account(json).security();
    }

    private static OutboundSettings.VmessAccount account(String json) {
        return ((OutboundSettings.Vmess) Loads.theOutbound(json).settings())
                .servers()
                .getFirst()
                .users()
                .getFirst();
    }

    @ParameterizedTest
    @CsvSource({
        "AsIs, AS_IS",
        "UseIP, USE_IP",
        "useipv4, USE_IPV4",
        "use_ip6, USE_IPV6",
        "ForceIPv6, USE_IPV6",
        "UseIPv4v6, USE_IP",
        "nonsense, AS_IS"
    })
    void freedomStrategies(String written, DomainStrategy read) {
        assertThat(Loads.theOutbound(freedom("\"domainStrategy\": \"" + written + "\""))
                        .settings())
                .isEqualTo(new Freedom(read, null, 0, 0, false));
    }

    @Test
    void freedomRedirects() {
        assertThat(Loads.theOutbound(freedom("\"redirect\": \"[::1]:80\", \"userLevel\": 3, \"allowPrivate\": true"))
                        .settings())
                .isEqualTo(new Freedom(DomainStrategy.AS_IS, Address.parse("::1"), 80, 3, true));
        assertThat(Loads.theOutbound(freedom("\"redirect\": \":53\"")).settings())
                .isEqualTo(new Freedom(DomainStrategy.AS_IS, null, 53, 0, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"host", "host:99999", "a:b:80", "host:", "[::1:80"})
    void badRedirects(String redirect) {
        assertThat(Loads.errors(freedom("\"redirect\": \"" + redirect + "\"")))
                .singleElement()
                .asString()
                .contains("invalid redirect address: ");
    }

    @Test
    void blackholeResponses() {
        assertThat(Loads.theOutbound(Loads.outbound("\"protocol\": \"blackhole\""))
                        .settings())
                .isEqualTo(new OutboundSettings.Blackhole(false));
        assertThat(Loads.theOutbound(Loads.outbound(
                                "\"protocol\": \"block\", \"settings\": {\"response\": {\"type\": \"HTTP\"}}"))
                        .settings())
                .isEqualTo(new OutboundSettings.Blackhole(true));
        assertThat(Loads.errors(Loads.outbound(
                        "\"protocol\": \"blackhole\", \"settings\": {\"response\": {\"type\": \"htp\"}}")))
                .singleElement()
                .asString()
                .contains("did you mean \"http\"?");
        assertThat(Loads.errors(Loads.outbound("\"protocol\": \"blackhole\", \"settings\": {\"response\": {}}")))
                .singleElement()
                .asString()
                .contains("\"type\" is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "auto, AUTO",
        "'', AUTO",
        "AES-128-GCM, AES_128_GCM",
        "chacha20-poly1305, CHACHA20_POLY1305",
        "none, NONE",
        "zero, ZERO",
        "aes-128-cfb, AUTO"
    })
    void vmessCiphers(String word, VmessSecurity read) {
        assertThat(security(vmess(", \"security\": \"" + word + "\""))).isEqualTo(read);
    }

    @Test
    void anUnknownVmessCipherIsAnError() {
        assertThat(Loads.errors(vmess(", \"security\": \"aes-128-gmc\"")))
                .singleElement()
                .asString()
                .startsWith(
                        "outbounds[0].settings.vnext[0].users[0].security: \"aes-128-gmc\" is not a cipher of VMess")
                .contains("did you mean \"aes-128-gcm\"?");
    }

    @Test
    void vmessExperimentsAsXrayAndV2Ray5WriteThem() {
        assertThat(account(vmess("")).experiments()).isEmpty();
        assertThat(account(vmess(", \"experiments\": \"\"")).experiments()).isEmpty();
        for (String both :
                new String[] {"AuthenticatedLength|NoTerminationSignal", "NoTerminationSignal, AuthenticatedLength|"}) {
            String json = vmess(", \"experiments\": \"" + both + "\"");
            assertThat(Loads.load(json).diagnostics()).isEmpty();
            assertThat(account(json).experiments())
                    .containsExactlyInAnyOrder(
                            VmessExperiment.AUTHENTICATED_LENGTH, VmessExperiment.NO_TERMINATION_SIGNAL);
        }
    }

    @Test
    void vmessExperimentsWithoutEffectAreWarnedOf() {
        String misspelt = vmess(", \"experiments\": \"authenticatedLength|NoTerminationSignal\"");
        assertThat(account(misspelt).experiments()).containsExactly(VmessExperiment.NO_TERMINATION_SIGNAL);
        assertThat(Loads.warnings(misspelt))
                .singleElement()
                .asString()
                .startsWith("outbounds[0].settings.vnext[0].users[0].experiments: \"authenticatedLength\" is not")
                .contains("did you mean \"AuthenticatedLength\"?");
        assertThat(Loads.warnings(vmess(", \"security\": \"none\", \"experiments\": \"AuthenticatedLength\"")))
                .singleElement()
                .asString()
                .contains("\"AuthenticatedLength\" has no effect beside a \"security\" that seals nothing");
    }

    @Test
    void xraysFlatFormIsOneServer() {
        String json =
                Loads.outbound("\"protocol\": \"vless\", \"settings\": {\"address\": \"a.b\", \"port\": 443, \"id\": \""
                        + Loads.ID + "\", \"encryption\": \"none\", \"level\": 2}");
        assertThat(Loads.load(json).diagnostics()).isEmpty();
        assertThat(((OutboundSettings.Vless) Loads.theOutbound(json).settings()).servers())
                .singleElement()
                .satisfies(server -> {
                    assertThat(server.address()).isEqualTo(Address.parse("a.b"));
                    assertThat(server.users()).singleElement().hasFieldOrPropertyWithValue("level", 2);
                });
    }

    @Test
    void serversAndUsersAreNeededInV2RaysWords() {
        assertThat(Loads.errors(Loads.outbound("\"protocol\": \"vmess\"")))
                .singleElement()
                .asString()
                .contains("0 VMess receiver configured");
        assertThat(Loads.errors(Loads.outbound("\"protocol\": \"vless\"")))
                .containsExactly("outbounds[0]: VLESS settings: \"vnext\" is empty");
        assertThat(Loads.errors(Loads.outbound(
                        "\"protocol\": \"vless\", \"settings\": {\"vnext\": [{\"port\": 443, \"users\": []}]}")))
                .containsExactlyInAnyOrder(
                        "outbounds[0].settings.vnext[0]: VLESS vnext: \"address\" is not set",
                        "outbounds[0].settings.vnext[0].users: VLESS vnext: \"users\" is empty");
        assertThat(Loads.errors(
                        Loads.outbound("\"protocol\": \"vless\", \"settings\": {\"vnext\": [{\"address\": \"a\","
                                + " \"port\": 443, \"users\": [{\"id\": \"" + Loads.ID + "\"}]}]}")))
                .containsExactly("outbounds[0].settings.vnext[0].users[0]: VLESS users: please add/set"
                        + " \"encryption\":\"none\" for every user");
        assertThat(Loads.errors(Loads.outbound("\"protocol\": \"http\"")))
                .singleElement()
                .asString()
                .contains("0 target server");
    }

    @Test
    void portsInSettingsAreNumbers() {
        assertThat(Loads.errors(
                        Loads.outbound("\"protocol\": \"socks\", \"settings\": {\"servers\": [{\"address\": \"a\","
                                + " \"port\": \"443\"}]}")))
                .containsExactly("outbounds[0].settings.servers[0].port: expected a whole number from 0 to 65535, found"
                        + " text");
    }

    @Test
    void proxyServersWithAccounts() {
        String json = Loads.outbound(
                "\"protocol\": \"http\", \"settings\": {\"servers\": [{\"address\": \"1.2.3.4\", \"port\":"
                        + " 3128, \"users\": [{\"user\": \"a\", \"pass\": \"b\", \"level\": 1}]}]}");
        assertThat(Loads.warnings(json)).isEmpty();
        assertThat(((OutboundSettings.Http) Loads.theOutbound(json).settings())
                        .servers()
                        .getFirst()
                        .users())
                .singleElement()
                .hasFieldOrPropertyWithValue("user", "a")
                .hasFieldOrPropertyWithValue("level", 1);
    }

    @Test
    void aHostThatIsNoneIsAcceptedAsV2RayDoesButNotRun() {
        String json = vmess("").replace("a.b", "{{ host }}");
        assertThat(Loads.unsupported(json))
                .singleElement()
                .asString()
                .contains("neither a host name nor an IP address");
        assertThat(Loads.unsupported(vmess("").replace("a.b", "例え.jp"))).isEmpty();
    }

    @Test
    void sendThroughIsAnAddressOfThisMachine() throws Exception {
        assertThat(Loads.theOutbound(
                                freedom("").replace("{\"protocol\"", "{\"sendThrough\": \"10.0.0.1\", \"protocol\""))
                        .sendThrough())
                .isEqualTo(InetAddress.getByAddress(new byte[] {10, 0, 0, 1}));
        assertThat(Loads.errors(Loads.outbound("\"protocol\": \"freedom\", \"sendThrough\": \"a.b\"")))
                .singleElement()
                .asString()
                .contains("unable to send through: \"a.b\"");
        assertThat(Loads.theOutbound(Loads.outbound("\"protocol\": \"freedom\", \"sendThrough\": \"0.0.0.0\""))
                        .sendThrough())
                .isNull();
    }

    @Test
    void muxAndProxySettingsAreNotBuilt() {
        assertThat(Loads.unsupported(Loads.outbound("\"protocol\": \"freedom\", \"mux\": {\"enabled\": true}")))
                .containsExactly("mux");
        assertThat(Loads.load(Loads.outbound(
                                "\"protocol\": \"freedom\", \"mux\": {\"enabled\": true, \"concurrency\": -1}"))
                        .diagnostics())
                .isEmpty();
        assertThat(Loads.errors(Loads.outbound("\"protocol\": \"freedom\", \"mux\": {\"concurrency\": 1025}")))
                .singleElement()
                .asString()
                .contains("invalid mux concurrency: 1025");
        assertThat(Loads.unsupported(Loads.outbound("\"protocol\": \"freedom\", \"proxySettings\": {\"tag\": \"x\"}")))
                .hasSize(1);
        assertThat(Loads.errors(Loads.outbound("\"protocol\": \"freedom\", \"proxySettings\": {}")))
                .singleElement()
                .asString()
                .contains("Proxy tag is not set.");
    }

    @Test
    void flowsOfVless() {
        String vless =
                Loads.outbound("\"protocol\": \"vless\", \"settings\": {\"vnext\": [{\"address\": \"a\", \"port\": 443,"
                        + " \"users\": [{\"id\": \"" + Loads.ID
                        + "\", \"encryption\": \"none\", \"flow\": \"%s\"}]}]}");
        assertThat(Loads.unsupported(vless.formatted("xtls-rprx-direct"))).isEmpty();
        assertThat(Loads.unsupported(vless.formatted("xtls-rprx-vision"))).hasSize(1);
    }

    @Test
    void aTagGivenTwiceGoesToTheLastAndTheFirstStaysTheDefault() {
        String json = """
                {"outbounds": [{"tag": "a", "protocol": "freedom"}, {"tag": "b", "protocol": "freedom"},
                               {"tag": "b", "protocol": "blackhole"}, {"tag": "a", "protocol": "blackhole"}]}""";
        assertThat(Loads.config(json).outbounds().stream()
                        .map(one -> one.tag() + "=" + one.settings().protocol()))
                .containsExactly("=freedom", "b=blackhole", "a=blackhole");
    }

    @Test
    void aTlsServerGivenByAddressNeedsAName() {
        String json = Loads.outbound(
                "\"protocol\": \"http\", \"settings\": {\"servers\": [{\"address\": \"1.2.3.4\", \"port\":"
                        + " 443}]}, \"streamSettings\": {\"security\": \"tls\", \"tlsSettings\": {%s}}");
        assertThat(Loads.warnings(json.formatted("")))
                .singleElement()
                .asString()
                .contains("without \"serverName\"");
        assertThat(Loads.warnings(json.formatted("\"serverName\": \"a.b\""))).isEmpty();
    }

    @Test
    void protocolsOfLaterVersionsAreCheckedNow() {
        assertThat(Loads.unsupported(Loads.outbound("\"protocol\": \"dns\""))).hasSize(1);
        assertThat(Loads.errors(Loads.outbound(
                        "\"protocol\": \"trojan\", \"settings\": {\"servers\": [{\"address\": \"a\"}]}")))
                .containsExactlyInAnyOrder(
                        "outbounds[0].settings.servers[0]: Invalid Trojan port.",
                        "outbounds[0].settings.servers[0]: Trojan password is not specified.");
    }
}
