package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.config.TransportSettings.DomainSocket;
import io.culvert.config.TransportSettings.Grpc;
import io.culvert.config.TransportSettings.Http2;
import io.culvert.config.TransportSettings.HttpDisguise;
import io.culvert.config.TransportSettings.HttpUpgrade;
import io.culvert.config.TransportSettings.Kcp;
import io.culvert.config.TransportSettings.PacketHeader;
import io.culvert.config.TransportSettings.Quic;
import io.culvert.config.TransportSettings.QuicSecurity;
import io.culvert.config.TransportSettings.Raw;
import io.culvert.config.TransportSettings.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransportReaderTest {
    /** Text with single quotes for double ones. */
    private static String json(String network, String settings) {
        return Loads.socks(", 'streamSettings': {'network': '%s'%s}"
                        .formatted(network, settings.isEmpty() ? "" : ", " + settings))
                .replace('\'', '"');
    }

    private static StreamConfig stream(String network, String settings) {
        return Loads.theInbound(json(network, settings)).stream();
    }

    private static TransportSettings read(String network, String settings) {
        return stream(network, settings).transport();
    }

    private static HttpDisguise disguise(String header) {
        Raw raw = (Raw) read("tcp", "'tcpSettings': {'header': {'type': 'http'" + header + "}}");
        return Objects.requireNonNull(raw.disguise());
    }

    @Test
    void theDisguiseHasTheDefaultsOfV2Ray() {
        HttpDisguise read = disguise("");
        assertThat(read.method()).isEqualTo("GET");
        assertThat(read.requestVersion()).isEqualTo("1.1");
        assertThat(read.paths()).containsExactly("/");
        assertThat(read.requestHeaders().keySet())
                .containsExactly("Host", "User-Agent", "Accept-Encoding", "Connection", "Pragma");
        assertThat(read.requestHeaders().get("Host")).containsExactly("www.baidu.com", "www.bing.com");
        assertThat(read.requestHeaders().get("Accept-Encoding")).containsExactly("gzip, deflate");
        assertThat(read.responseVersion()).isEqualTo("1.1");
        assertThat(read.status()).isEqualTo("200");
        assertThat(read.reason()).isEqualTo("OK");
        assertThat(read.responseHeaders().keySet())
                .containsExactly("Content-Type", "Transfer-Encoding", "Connection", "Pragma", "Cache-Control");
    }

    @Test
    void theDisguiseAsConfigured() {
        HttpDisguise read = disguise("""
                , 'request': {'version': '1.0', 'method': 'POST', 'path': ['/x', '/y'],
                    'headers': {'connection': ['a'], 'X-B': ['1', '2'], 'Host': 'h', 'X-A': []}},
                'response': {'version': '1.0', 'status': '204', 'reason': 'No Content', 'headers': {'Date': ['d']}}""");
        assertThat(read.method()).isEqualTo("POST");
        assertThat(read.requestVersion()).isEqualTo("1.0");
        assertThat(read.paths()).containsExactly("/x", "/y");
        assertThat(read.requestHeaders().keySet()).containsExactly("Host", "X-A", "X-B", "connection");
        assertThat(read.requestHeaders().get("X-B")).containsExactly("1", "2");
        assertThat(read.requestHeaders().get("X-A")).containsExactly("");
        assertThat(read.responseVersion()).isEqualTo("1.0");
        assertThat(read.status()).isEqualTo("204");
        assertThat(read.reason()).isEqualTo("No Content");
        assertThat(read.responseHeaders()).isEqualTo(Map.of("Date", List.of("d")));
    }

    @Test
    void emptyListsOfTheDisguiseAreLeftOut() {
        HttpDisguise read = disguise(", 'request': {'path': [], 'headers': {}}, 'response': {'status': ''}");
        assertThat(read).isEqualTo(disguise(""));
    }

    @Test
    void theKindOfATcpHeader() {
        assertThat(read("raw", "'tcpSettings': {'header': {'type': 'NONE', 'request': 5}}"))
                .isEqualTo(new Raw());
        assertThat(Loads.errors(json("tcp", "'tcpSettings': {'header': {'type': 'htp'}}")))
                .singleElement()
                .asString()
                .contains("invalid TCP header config: unknown type \"htp\"; did you mean \"http\"?");
        assertThat(Loads.errors(json("tcp", "'tcpSettings': {'header': {}}")))
                .singleElement()
                .asString()
                .contains("\"type\" is missing");
    }

    @Test
    void tcpSettingsGoBeforeRawSettings() {
        assertThat(read("tcp", "'rawSettings': {'header': {'type': 'http'}}")).isNotEqualTo(new Raw());
        assertThat(read("tcp", "'rawSettings': {'header': {'type': 'http'}}, 'tcpSettings': {}"))
                .isEqualTo(new Raw());
    }

    @Test
    void webSocketDefaults() {
        WebSocket plain = new WebSocket("/", Map.of(), 0, "", true);
        assertThat(read("ws", "")).isEqualTo(plain);
        assertThat(read("websocket", "'wsSettings': {}")).isEqualTo(plain);
    }

    /** Xray's key. */
    @Test
    void webSocketHeartbeat() {
        String settings = "'wsSettings': {'heartbeatPeriod': 30}";
        assertThat(((WebSocket) read("ws", settings)).heartbeatSeconds()).isEqualTo(30);
        assertThat(Loads.warnings(json("ws", settings))).isEmpty();
        assertThat(Loads.errors(json("ws", "'wsSettings': {'heartbeatPeriod': -1}")))
                .hasSize(1);
    }

    @Test
    void webSocketPathHeadersAndHost() {
        WebSocket read =
                (WebSocket) read("WS", "'wsSettings': {'Path': 'a/b', 'headers': {'X': '1', 'host': 'one', 'A': '2'}}");
        assertThat(read.path()).isEqualTo("/a/b");
        assertThat(read.headers()).isEqualTo(Map.of("Host", "one", "A", "2", "X", "1"));
        assertThat(read.headers().keySet()).containsExactly("A", "Host", "X");
        WebSocket newer = (WebSocket)
                read("ws", "'wsSettings': {'host': 'two', 'headers': {'Host': 'one'}, 'trustForwardedFor': false}");
        assertThat(newer.headers()).isEqualTo(Map.of("Host", "two"));
        assertThat(newer.trustForwardedFor()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'path': '/p?ed=2048' | /p | 2048 | Sec-WebSocket-Protocol",
                "'path': '/p?a=1&ed=16&b' | /p?a=1&b | 16 | Sec-WebSocket-Protocol",
                "'path': '/p?led=1' | /p?led=1 | 0 | ",
                "'path': '/p?ed=0' | /p | 0 | ",
                "'path': '/p', 'maxEarlyData': 100 | /p | 100 | ",
                "'path': '/p?ed=5', 'maxEarlyData': 100, 'earlyDataHeaderName': 'X' | /p | 100 | X",
            },
            quoteCharacter = '`')
    void webSocketEarlyData(String settings, String path, int bytes, String header) {
        assertThat(read("ws", "'wsSettings': {" + settings + "}"))
                .isEqualTo(new WebSocket(path, Map.of(), bytes, header == null ? "" : header, true));
    }

    @Test
    void earlyDataThatIsNoNumber() {
        String json = json("ws", "'wsSettings': {'path': '/p?ed=x'}");
        assertThat(Loads.warnings(json)).anyMatch(one -> one.contains("nothing is sent early"));
        assertThat(((WebSocket) Loads.theInbound(json).stream().transport()).maxEarlyData())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp tcpSettings", "ws wsSettings", "httpupgrade httpupgradeSettings"})
    void theProxyProtocolIsHandedOver(String one) {
        String[] words = one.split(" ", -1);
        String asks = "'" + words[1] + "': {'acceptProxyProtocol': true}";
        assertThat(stream(words[0], asks).sockopt().acceptProxyProtocol()).isTrue();
        assertThat(stream("kcp", asks).sockopt().acceptProxyProtocol()).isFalse();
        assertThat(stream("http", "'sockopt': {'acceptProxyProtocol': true}")
                        .sockopt()
                        .acceptProxyProtocol())
                .isTrue();
    }

    @Test
    void http2() {
        Http2 plain = new Http2(List.of(), "/", "PUT", Map.of(), true);
        assertThat(read("h2", "")).isEqualTo(plain);
        assertThat(read("http", "'httpSettings': {'host': '', 'path': ''}")).isEqualTo(plain);
        assertThat(read("http", "'httpSettings': {'host': 'a,b', 'path': 'p'}"))
                .isEqualTo(new Http2(List.of("a", "b"), "/p", "PUT", Map.of(), true));
        assertThat(read(
                        "http",
                        "'httpSettings': {'host': ['a'], 'method': 'POST', 'headers': {'X': ['1', '2'], 'Y': 'a, b'},"
                                + " 'trustForwardedFor': false}"))
                .isEqualTo(new Http2(List.of("a"), "/", "POST", Map.of("X", "1, 2", "Y", "a, b"), false));
    }

    @Test
    void httpUpgrade() {
        assertThat(read("httpupgrade", "")).isEqualTo(new HttpUpgrade("/", "", Map.of(), 0, "", true));
        assertThat(read(
                        "httpupgrade",
                        "'httpupgradeSettings': {'path': '/p?ed=9', 'headers': {'host': 'h', 'X': 'y'}}"))
                .isEqualTo(new HttpUpgrade("/p", "h", Map.of("X", "y"), 9, "", true));
        assertThat(read(
                        "httpupgrade",
                        "'httpupgradeSettings': {'host': 'a', 'headers': {'Host': 'b'}, 'maxEarlyData': 7,"
                                + " 'earlyDataHeaderName': 'E', 'trustForwardedFor': false}"))
                .isEqualTo(new HttpUpgrade("/", "a", Map.of(), 7, "E", false));
    }

    @Test
    void grpc() {
        assertThat(read("gun", "")).isEqualTo(new Grpc("", false, ""));
        assertThat(read("grpc", "'grpcSettings': {'serviceName': 's', 'multiMode': true, 'authority': 'a'}"))
                .isEqualTo(new Grpc("s", true, "a"));
        assertThat(read("grpc", "'gunSettings': {'serviceName': 'g'}, 'grpcSettings': {'serviceName': 's'}"))
                .isEqualTo(new Grpc("g", false, ""));
    }

    @Test
    void kcpDefaults() {
        Kcp plain = new Kcp(1350, 50, 5242880, 20971520, false, 2097152, 2097152, PacketHeader.NONE, null);
        assertThat(read("kcp", "")).isEqualTo(plain);
        assertThat(read("mkcp", "'kcpSettings': {'seed': null}")).isEqualTo(plain);
    }

    @Test
    void kcpAsConfigured() {
        assertThat(read("kcp", """
                        'kcpSettings': {'mtu': 576, 'tti': 100, 'uplinkCapacity': 0, 'downlinkCapacity': 1,
                          'congestion': true, 'readBufferSize': 0, 'writeBufferSize': 3,
                          'header': {'type': 'wechat-video'}, 'seed': ''}"""))
                .isEqualTo(new Kcp(576, 100, 0, 1048576, true, 524288, 3145728, PacketHeader.WECHAT_VIDEO, ""));
    }

    @Test
    void moreMegabytesThanAnIntHolds() {
        Kcp read = (Kcp) read("kcp", "'kcpSettings': {'uplinkCapacity': 4294967295, 'readBufferSize': 2048}");
        assertThat(read.uplinkCapacity()).isEqualTo(Integer.MAX_VALUE);
        assertThat(read.readBufferSize()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void aSeedIsNotShown() {
        assertThat(read("kcp", "'kcpSettings': {'seed': 'hidden'}").toString()).doesNotContain("hidden");
        assertThat(read("quic", "'quicSettings': {'key': 'hidden'}").toString()).doesNotContain("hidden");
    }

    @ParameterizedTest
    @CsvSource({
        "none, NONE",
        "srtp, SRTP",
        "UTP, UTP",
        "wechat-video, WECHAT_VIDEO",
        "dtls, DTLS",
        "wireguard, WIREGUARD"
    })
    void packetHeaders(String word, PacketHeader header) {
        String settings = "Settings': {'header': {'type': '" + word + "'}}";
        assertThat(((Kcp) read("kcp", "'kcp" + settings)).header()).isEqualTo(header);
        assertThat(((Quic) read("quic", "'quic" + settings)).header()).isEqualTo(header);
    }

    @Test
    void quic() {
        assertThat(read("quic", "")).isEqualTo(new Quic(QuicSecurity.AES_128_GCM, "", PacketHeader.NONE));
        assertThat(read("quic", "'quicSettings': {}")).isEqualTo(new Quic(QuicSecurity.NONE, "", PacketHeader.NONE));
        assertThat(read("quic", "'quicSettings': {'security': 'AES-128-GCM', 'key': 'k', 'header': {'type': 'srtp'}}"))
                .isEqualTo(new Quic(QuicSecurity.AES_128_GCM, "k", PacketHeader.SRTP));
        assertThat(((Quic) read("quic", "'quicSettings': {'security': 'chacha20-poly1305'}")).security())
                .isEqualTo(QuicSecurity.CHACHA20_POLY1305);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'path': '/run/x' | /run/x | false | false",
                "'path': '/run/x'; 'padding': true | /run/x | false | true",
                "'path': 'x'; 'abstract': true; 'padding': true | x | true | true",
                "'path': '@x'; 'abstract': true | x | true | false",
                "'path': '@x' | x | true | false"
            })
    void domainSocket(String row) {
        String[] columns = row.split(" \\| ", -1);
        assertThat(read("domainsocket", "'dsSettings': {" + columns[0].replace(';', ',') + "}"))
                .isEqualTo(new DomainSocket(
                        columns[1], Boolean.parseBoolean(columns[2]), Boolean.parseBoolean(columns[3])));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "'dsSettings': {}", "'dsSettings': {'path': '@'}"})
    void aDomainSocketWithoutPathIsNotRun(String settings) {
        assertThat(Loads.unsupported(json("ds", settings))).anyMatch(one -> one.contains("needs a \"path\""));
        assertThat(Loads.unsupported(json("tcp", settings))).isEmpty();
    }

    @Test
    void aDomainSocketWithALongPathIsNotRun() {
        String settings = "'dsSettings': {'path': '/%s'}";
        assertThat(Loads.unsupported(json("ds", settings.formatted("x".repeat(107)))))
                .anyMatch(one -> one.contains("1 to 107 bytes"));
        assertThat(Loads.unsupported(json("ds", settings.formatted("x".repeat(106)))))
                .noneMatch(one -> one.contains("1 to 107 bytes"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'headers': {'X': 'a\\r\\nB: c'}",
                "'headers': {'X Y': 'a'}",
                "'headers': {'': 'a'}",
                "'path': '/a\\u0000'",
                "'host': 'a\\n'"
            })
    void whatWouldBreakTheHeadOfARequestIsNotRun(String settings) {
        String ws = "'wsSettings': {" + settings + "}";
        assertThat(Loads.unsupported(json("ws", ws))).anyMatch(one -> !one.contains("the transport"));
        assertThat(Loads.unsupported(json("tcp", ws))).isEmpty();
    }

    @Test
    void theTransportSectionFillsInEverySetting() {
        String all = """
                'kcpSettings': {'mtu': 600}, 'wsSettings': {'path': '/w'}, 'httpSettings': {'path': '/h'},
                'dsSettings': {'path': '/d'}, 'quicSettings': {'key': 'k'}, 'grpcSettings': {'serviceName': 's'},
                'httpupgradeSettings': {'path': '/u'}""";
        assertThat(((Kcp) global(all, "kcp", "")).mtu()).isEqualTo(600);
        assertThat(((Kcp) global(all, "kcp", ", 'kcpSettings': {}")).mtu()).isEqualTo(1350);
        assertThat(((WebSocket) global(all, "ws", "")).path()).isEqualTo("/w");
        assertThat(((Http2) global(all, "h2", "")).path()).isEqualTo("/h");
        assertThat(((DomainSocket) global(all, "ds", "")).path()).isEqualTo("/d");
        assertThat(((Grpc) global(all, "grpc", "")).serviceName()).isEqualTo("s");
        assertThat(((HttpUpgrade) global(all, "httpupgrade", "")).path()).isEqualTo("/u");
        assertThat(((Quic) global(all, "quic", "")).key()).isEqualTo("k");
    }

    @Test
    void quicSettingsOfTheTransportSectionHaveANote() {
        String json = globalJson("'quicSettings': {'key': 'k'}", "%s", "");
        assertThat(Loads.warnings(json.formatted("quic"))).anyMatch(one -> one.contains("V2Ray 4.34 ignores"));
        assertThat(Loads.warnings(json.formatted("tcp"))).noneMatch(one -> one.contains("V2Ray 4.34 ignores"));
    }

    private static TransportSettings global(String section, String network, String own) {
        return Loads.theInbound(globalJson(section, network, own)).stream().transport();
    }

    private static String globalJson(String section, String network, String own) {
        return ("{'transport': {" + section + "}, 'inbounds': [{'port': 1, 'protocol': 'vmess', 'streamSettings':"
                        + " {'network': '" + network + "'" + own + "}}]}")
                .replace('\'', '"');
    }
}
