package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stream settings that would do nothing, or something else than they say. */
class StreamSenseTest {
    private static final String USER = "\"settings\": {\"clients\": [{\"id\": \"" + Loads.ID + "\"}]}";

    private static final Map<String, String> OPTIONS = Map.of(
            "mark", "1",
            "tproxy", "\"tproxy\"",
            "tcpFastOpen", "true",
            "tcpKeepAliveIdle", "5",
            "tcpKeepAliveInterval", "5",
            "acceptProxyProtocol", "true",
            "trustedFronts", "[\"10.0.0.1\"]");

    private static String inbound(String place, String stream) {
        return Loads.inbound(place + ", \"protocol\": \"vmess\", " + USER + ", \"streamSettings\": {" + stream + "}");
    }

    private static String outbound(String stream) {
        return Loads.outbound(
                "\"protocol\": \"vless\", \"settings\": {\"vnext\": [{\"address\": \"a.example\", \"port\": 443,"
                        + " \"users\": [{\"id\": \"" + Loads.ID
                        + "\", \"encryption\": \"none\"}]}]}, \"streamSettings\": {"
                        + stream + "}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"network\": \"kcp\", \"sockopt\": {\"tcpFastOpen\": true} | tcpFastOpen\" means nothing on a transport over UDP",
                "\"network\": \"quic\", \"sockopt\": {\"acceptProxyProtocol\": true} | acceptProxyProtocol\" means nothing on a"
                        + " transport over UDP",
                "\"sockopt\": {\"tproxy\": \"tproxy\"} | tproxy\" means nothing but for a dokodemo-door",
                "\"network\": \"ds\", \"dsSettings\": {\"path\": \"/x\"}, \"sockopt\": {\"mark\": 1} | mark\" means nothing on a"
                        + " unix socket",
            })
    void whatMeansNothingOnAnInboundIsSaid(String stream, String words) {
        assertThat(Loads.warnings(inbound("\"listen\": \"127.0.0.1\", \"port\": 1", stream)))
                .singleElement()
                .asString()
                .contains(words);
    }

    @Test
    void aUnixSocketHasNoMark() {
        assertThat(Loads.warnings(
                        inbound("\"listen\": \"@x\"", "\"sockopt\": {\"mark\": 5, \"tproxy\": \"redirect\"}")))
                .containsExactly(
                        "inbounds[0].streamSettings.sockopt.mark: \"mark\" means nothing on a unix socket",
                        "inbounds[0].streamSettings.sockopt.tproxy: \"tproxy\" means nothing on a unix socket");
    }

    @Test
    void whatMeansNothingOnAnOutboundIsSaid() {
        assertThat(Loads.warnings(outbound(
                        "\"network\": \"mkcp\", \"sockopt\": {\"mark\": 5, \"tproxy\": \"redirect\", \"tcpKeepAliveIdle\": 9,"
                                + " \"acceptProxyProtocol\": true}")))
                .containsExactly(
                        "outbounds[0].streamSettings.sockopt.tproxy: \"tproxy\" means nothing on an outbound",
                        "outbounds[0].streamSettings.sockopt.tcpKeepAliveIdle: \"tcpKeepAliveIdle\" means nothing on a"
                                + " transport over UDP",
                        "outbounds[0].streamSettings.sockopt.acceptProxyProtocol: \"acceptProxyProtocol\" means nothing"
                                + " on an outbound");
        assertThat(
                        Loads.warnings(
                                Loads.outbound(
                                        "\"protocol\": \"blackhole\", \"streamSettings\": {\"network\": \"ws\", \"sockopt\": {\"mark\": 1}}")))
                .hasSize(2);
        assertThat(Loads.unsupported(
                        Loads.outbound("\"protocol\": \"freedom\", \"streamSettings\": {\"network\": \"ws\"}")))
                .containsExactly("a freedom outbound over a transport of its own");
        assertThat(Loads.unsupported(
                        Loads.outbound("\"protocol\": \"freedom\", \"streamSettings\": {\"security\": \"tls\"}")))
                .isEmpty();
        assertThat(Loads.load(Loads.outbound(
                                "\"protocol\": \"freedom\", \"streamSettings\": {\"sockopt\": {\"mark\": 1}}"))
                        .diagnostics())
                .isEmpty();
    }

    /**
     * Every option on every transport: it is warned of, or the sockets have it, which tests of listeners and of dialling read back
     * from the system.
     */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "ws", "httpupgrade", "h2", "grpc", "kcp", "quic", "ds"})
    void anOptionIsWarnedOfWhereNoSocketHasIt(String network) {
        Set<String> tcp = Set.of("tcpFastOpen", "tcpKeepAliveIdle", "tcpKeepAliveInterval");
        boolean unix = network.equals("ds");
        boolean overUdp = network.equals("kcp") || network.equals("quic");
        for (Map.Entry<String, String> option : OPTIONS.entrySet()) {
            String key = option.getKey();
            String stream =
                    "\"network\": \"" + network + "\", \"dsSettings\": {\"path\": \"/x\"}, \"security\": \"tls\","
                            + " \"sockopt\": {\"" + key + "\": " + option.getValue() + "}";
            boolean ofTcp = tcp.contains(key);
            assertThat(warnsOf(key, inbound("\"listen\": \"127.0.0.1\", \"port\": 1", stream)))
                    .as("%s of an inbound", key)
                    .isEqualTo(key.equals("tproxy")
                            || (unix && (ofTcp || key.equals("mark")))
                            || (overUdp && (ofTcp || key.equals("acceptProxyProtocol"))));
            assertThat(warnsOf(key, outbound(stream)))
                    .as("%s of an outbound", key)
                    .isEqualTo(Set.of("tproxy", "acceptProxyProtocol", "trustedFronts")
                                    .contains(key)
                            || (unix && (ofTcp || key.equals("mark")))
                            || (overUdp && ofTcp));
        }
    }

    private static boolean warnsOf(String key, String json) {
        return Loads.warnings(json).stream().anyMatch(line -> line.contains("\"" + key + "\" means nothing"));
    }

    @Test
    void theSettingsOfAnotherTransportAreWarnedOf() {
        assertThat(Loads.warnings(
                        outbound("\"network\": \"ws\", \"tcpSettings\": {}, \"kcpSettings\": {\"mtu\": 1400}")))
                .containsExactly(
                        "outbounds[0].streamSettings.kcpSettings: these settings have no effect: the transport is \"ws\"");
        assertThat(Loads.warnings(inbound(
                        "\"listen\": \"127.0.0.1\", \"port\": 1",
                        "\"network\": \"ws\", \"tcpSettings\": {\"acceptProxyProtocol\": true}")))
                .containsExactly(
                        "inbounds[0].streamSettings.tcpSettings: these settings have no effect: the transport is \"ws\"",
                        "inbounds[0].streamSettings.tcpSettings.acceptProxyProtocol: no PROXY header is expected: the"
                                + " transport is \"ws\"; \"sockopt\" is where it counts for every stream transport");
        assertThat(Loads.warnings(outbound("\"rawSettings\": {\"header\": {\"type\": \"http\"}}, \"tcpSettings\": {}")))
                .containsExactly(
                        "outbounds[0].streamSettings.rawSettings: \"tcpSettings\" is given too, and it alone counts");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"method\": \"ws\" | method: no key of \"streamSettings\" here: the transport is chosen by \"network\"",
                "\"tls\": \"tls\" | tls: no key of \"streamSettings\" here: TLS is chosen by \"security\": \"tls\"",
                "\"finalmask\": {\"tcp\": [{}]} | finalmask: no key of \"streamSettings\" here: Culvert has no such disguise",
            })
    void whatWouldChooseTransportOrSecurityIsAnError(String stream, String words) {
        assertThat(Loads.errors(outbound(stream))).singleElement().asString().contains(words);
        assertThat(Loads.errors(inbound("\"listen\": \"127.0.0.1\", \"port\": 1", stream)))
                .singleElement()
                .asString()
                .contains(words);
    }

    @Test
    void usersIsXraysSpellingOfClients() {
        String json = inbound("\"listen\": \"127.0.0.1\", \"port\": 1", "").replace("clients", "users");
        assertThat(Loads.load(json).diagnostics()).isEmpty();
        assertThat(((InboundSettings.Vmess) Loads.theInbound(json).settings()).users())
                .hasSize(1);
        assertThat(Loads.warnings(Loads.inbound("\"listen\": \"127.0.0.1\", \"port\": 1, \"protocol\": \"vmess\","
                        + " \"settings\": {\"clients\": [], \"users\": [{}]}")))
                .containsExactly("inbounds[0].settings.users: \"clients\" is given too, and it alone counts");
    }

    @Test
    void whatXraysFreedomForbidsIsNotReadOver() {
        assertThat(Loads.unsupported(Loads.outbound(
                        "\"protocol\": \"freedom\", \"settings\": {\"finalRules\": [{\"action\": \"block\"}]}")))
                .containsExactly("\"finalRules\" of freedom");
        assertThat(Loads.unsupported(Loads.outbound("\"protocol\": \"freedom\", \"targetStrategy\": \"UseIPv4\"")))
                .containsExactly("\"targetStrategy\" of an outbound");
        assertThat(Loads.load(Loads.outbound("\"protocol\": \"freedom\", \"targetStrategy\": \"AsIs\", \"settings\":"
                                + " {\"targetStrategy\": \"UseIPv4\"}"))
                        .diagnostics())
                .isEmpty();
    }
}
