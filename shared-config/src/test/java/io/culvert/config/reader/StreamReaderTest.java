package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.SecuritySettings;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.config.SecuritySettings.TlsRestrictions;
import io.culvert.config.StreamConfig;
import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.config.TransportSettings;
import io.culvert.model.Cidr;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamReaderTest {
    private static final String CERTIFICATE = "{\"certificateFile\": \"c.pem\", \"keyFile\": \"k.pem\"}";

    private static String stream(String fields) {
        return Loads.socks(", \"streamSettings\": {" + fields + "}");
    }

    private static String clientStream(String fields) {
        return Loads.outbound(
                "\"protocol\": \"vmess\", \"settings\": {\"vnext\": [{\"address\": \"a.example\", \"port\": 443,"
                        + " \"users\": [{\"id\": \"" + Loads.ID + "\"}]}]}, \"streamSettings\": {" + fields + "}");
    }

    private static String tls(String fields) {
        return stream("\"security\": \"tls\", \"tlsSettings\": {" + fields + "}");
    }

    @Test
    void nothingIsRaw() {
        assertThat(Loads.theInbound(Loads.socks("")).stream()).isEqualTo(StreamConfig.RAW);
        assertThat(Loads.theInbound(stream("")).stream()).isEqualTo(StreamConfig.RAW);
        assertThat(Loads.theInbound(stream("\"network\": \"raw\", \"rawSettings\": {}")).stream())
                .isEqualTo(StreamConfig.RAW);
    }

    @ParameterizedTest
    @MethodSource("words")
    void transportsThatAreNotBuiltAreNotRun(String word) {
        String json = stream("\"network\": \"" + word + "\", \"dsSettings\": {\"path\": \"/x\"}");
        if (Objects.requireNonNull(Network.of(word)).isBuilt()) {
            assertThat(Loads.unsupported(json)).isEmpty();
        } else {
            assertThat(Loads.unsupported(json)).containsExactly("the transport \"" + word + "\"");
        }
    }

    static List<String> words() {
        return Network.WORDS;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "wss | unknown transport protocol: \"wss\"; did you mean \"ws\"?",
                "xhttp | unknown transport protocol: \"xhttp\" belongs to Xray or V2Ray 5, and Culvert has none"
            })
    void unknownTransports(String network, String message) {
        assertThat(Loads.errors(stream("\"network\": \"" + network + "\"")))
                .containsExactly("inbounds[0].streamSettings.network: " + message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xtls", "XTLS", "reality", "tsl", "auto", "ssl"})
    void anUnknownSecurityIsNotPlaintext(String security) {
        assertThat(Loads.errors(stream("\"security\": \"" + security + "\"")))
                .singleElement()
                .asString()
                .startsWith("inbounds[0].streamSettings.security: ");
    }

    @Test
    void aMisspeltSecurityHasASuggestion() {
        assertThat(Loads.errors(stream("\"security\": \"tsl\"")))
                .singleElement()
                .asString()
                .contains("did you mean \"tls\"?");
    }

    @Test
    void tlsOfAServer() {
        String json = tls("\"alpn\": \"h2,http/1.1\", \"enableSessionResumption\": true, \"certificates\": ["
                + CERTIFICATE + "]");
        assertThat(Loads.load(json).diagnostics()).isEmpty();
        SecuritySettings.Tls tls =
                (SecuritySettings.Tls) Loads.theInbound(json).stream().security();
        assertThat(tls.alpn()).containsExactly("h2", "http/1.1");
        assertThat(tls.sessionResumption()).isTrue();
        assertThat(tls.certificates()).singleElement().satisfies(one -> {
            assertThat(one.certificateFile()).isEqualTo("c.pem");
            assertThat(one.keyFile()).isEqualTo("k.pem");
            assertThat(one.certificatePem()).isNull();
            assertThat(one.usage()).isEqualTo(CertificateUsage.ENCIPHERMENT);
        });
    }

    @Test
    void inlineCertificatesAreJoinedLines() {
        String json = tls("\"certificates\": [{\"certificate\": [\"a\", \"b\"], \"key\": [\"c\", \"d\"]}]");
        SecuritySettings.Tls tls =
                (SecuritySettings.Tls) Loads.theInbound(json).stream().security();
        assertThat(tls.certificates()).singleElement().satisfies(one -> {
            assertThat(one.certificatePem()).isEqualTo("a\nb");
            assertThat(one.keyPem()).isEqualTo("c\nd");
        });
    }

    @Test
    void certificatesAreLookedForWhereTlsIsOn() {
        assertThat(Loads.errors(tls("\"certificates\": [{}]")))
                .singleElement()
                .asString()
                .contains("both file and bytes are empty");
        assertThat(Loads.errors(tls("\"certificates\": [{\"certificateFile\": \"missing.pem\", \"keyFile\": \"k\"}]")))
                .containsExactly(
                        "inbounds[0].streamSettings.tlsSettings.certificates[0].certificateFile: cannot read the"
                                + " file \"missing.pem\"");
        assertThat(Loads.errors(stream("\"tlsSettings\": {\"certificates\": [{}]}")))
                .isEmpty();
    }

    @Test
    void tlsSettingsWithoutTlsWarn() {
        assertThat(Loads.warnings(stream("\"tlsSettings\": {}")))
                .singleElement()
                .asString()
                .contains("no TLS is used");
    }

    @Test
    void aServerWithoutCertificateIsNotRun() {
        assertThat(Loads.unsupported(tls(""))).singleElement().asString().contains("without a certificate");
        assertThat(Loads.unsupported(clientStream("\"security\": \"TLS\""))).isEmpty();
    }

    @Test
    void whatWouldCheckLessThanAskedForIsNotLeftOutInSilence() {
        assertThat(Loads.unsupported(
                        clientStream("\"security\": \"tls\", \"tlsSettings\": {\"verifyPeerCertByName\": \"x\"}")))
                .containsExactly("\"verifyPeerCertByName\"");
        assertThat(
                        Loads.unsupported(
                                clientStream(
                                        "\"security\": \"tls\", \"tlsSettings\": {\"minVersion\": \"1.2\", \"rejectUnknownSni\": false}")))
                .isEmpty();
    }

    @Test
    void certificatesThatIssue() {
        String json = tls("\"certificates\": [{\"usage\": \"issue\", \"certificateFile\": \"c\", \"keyFile\": \"k\"}]");
        assertThat(Loads.load(json).diagnostics()).isEmpty();
        assertThat(((SecuritySettings.Tls) Loads.theInbound(json).stream().security()).certificates())
                .singleElement()
                .satisfies(one -> assertThat(one.usage()).isEqualTo(CertificateUsage.ISSUE));
    }

    private static TlsRestrictions restrictions(String fields) {
        String json = clientStream("\"security\": \"tls\", \"tlsSettings\": {" + fields + "}");
        assertThat(Loads.load(json).diagnostics()).isEmpty();
        return ((SecuritySettings.Tls) Loads.theOutbound(json).stream().security()).restrictions();
    }

    @Test
    void restrictionsOfTls() {
        String zeros = "0".repeat(64);
        assertThat(restrictions("\"minVersion\": \"1.0\", \"maxVersion\": \"1.3\""))
                .isEqualTo(TlsRestrictions.NONE);
        assertThat(restrictions("\"minVersion\": \"1.3\", \"cipherSuites\": \"A:B\""))
                .isEqualTo(new TlsRestrictions(false, true, List.of("A", "B"), Set.of(), Set.of()));
        assertThat(restrictions("\"maxVersion\": \"1.2\", \"pinnedPeerCertificateChainSha256\":"
                        + " [\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"], \"pinnedPeerCertSha256\": \"" + zeros
                        + "~" + "FF".repeat(32) + "\""))
                .isEqualTo(new TlsRestrictions(true, false, List.of(), Set.of(zeros), Set.of(zeros, "ff".repeat(32))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"minVersion\": \"1.4\"",
                "\"maxVersion\": \"1.1\"",
                "\"minVersion\": \"1.3\", \"maxVersion\": \"1.2\"",
                "\"pinnedPeerCertSha256\": \"00\"",
                "\"pinnedPeerCertificateChainSha256\": [\"AAAA\"]"
            })
    void restrictionsThatCannotBeMeant(String fields) {
        assertThat(Loads.errors(clientStream("\"security\": \"tls\", \"tlsSettings\": {" + fields + "}")))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"kcpSettings\": {\"mtu\": 575} | kcpSettings.mtu: expected a whole number from 576 to 1460",
                "\"kcpSettings\": {\"tti\": 101} | kcpSettings.tti: expected a whole number from 10 to 100",
                "\"kcpSettings\": {\"header\": {\"type\": \"strp\"}} | did you mean \"srtp\"?",
                "\"wsSettings\": {\"headers\": {\"Host\": 5}} | wsSettings.headers.Host: expected text",
                "\"quicSettings\": {\"security\": \"aes-128-gmc\"} | did you mean \"aes-128-gcm\"?",
                "\"httpSettings\": {\"host\": 5} | httpSettings.host: expected a list of texts",
                "\"dsSettings\": {\"abstract\": \"x\"} | dsSettings.abstract: expected true or false, found text"
            })
    void settingsAreCheckedEvenWhereNotChosen(String settings, String message) {
        assertThat(Loads.errors(stream(settings))).singleElement().asString().contains(message);
    }

    @Test
    void trustedFronts() {
        assertThat(Loads.theInbound(stream("\"sockopt\": {\"trustedFronts\": [\"10.0.0.5\", \"fd00::/64\"]}")).stream()
                        .sockopt()
                        .trustedFronts())
                .containsExactly(Cidr.parse("10.0.0.5/32"), Cidr.parse("fd00::/64"));
        assertThat(Loads.errors(stream("\"sockopt\": {\"trustedFronts\": [\"10.0.0.0/33\", \"nginx.lan\"]}")))
                .hasSize(2)
                .allMatch(error -> error.contains("is no IP address or network"));
        assertThat(Loads.warnings(stream("\"sockopt\": {\"trustedFront\": [\"10.0.0.5\"]}")))
                .anyMatch(warning -> warning.contains("did you mean \"trustedFronts\""));
        assertThat(Loads.warnings(clientStream("\"sockopt\": {\"trustedFronts\": [\"10.0.0.5\"]}")))
                .containsExactly(
                        "outbounds[0].streamSettings.sockopt.trustedFronts: \"trustedFronts\" means nothing on an outbound");
    }

    @Test
    void sockopt() {
        String json = clientStream("\"sockopt\": {\"mark\": 255, \"tcpFastOpen\": true, \"tproxy\": \"TProxy\","
                + " \"tcpKeepAliveIdle\": 60, \"tcpKeepAliveInterval\": 15}");
        assertThat(Loads.warnings(json))
                .containsExactly("outbounds[0].streamSettings.sockopt.tproxy: \"tproxy\" means nothing on an outbound");
        assertThat(Loads.theOutbound(json).stream().sockopt())
                .isEqualTo(new SockoptConfig(255, false, 256, TransparentMode.TPROXY, 60, 15));
        assertThat(
                        Loads.theOutbound(
                                        clientStream("\"sockopt\": {\"tproxy\": \"redirect\", \"tcpFastOpen\": false}"))
                                .stream()
                                .sockopt())
                .isEqualTo(new SockoptConfig(0, false, 0, TransparentMode.REDIRECT, 0, 0));
        assertThat(
                        Loads.theOutbound(clientStream("\"sockopt\": {\"tcpFastOpen\": 7, \"tcpKeepAliveIdle\": -1}"))
                                .stream()
                                .sockopt())
                .isEqualTo(new SockoptConfig(0, false, 7, TransparentMode.OFF, 0, 0));
        assertThat(Loads.theOutbound(clientStream("\"sockopt\": {\"tcpFastOpen\": -5}")).stream()
                        .sockopt())
                .isEqualTo(SockoptConfig.DEFAULT);
        assertThat(Loads.unsupported(clientStream("\"sockopt\": {\"interface\": \"eth0\"}")))
                .containsExactly("\"interface\"");
        assertThat(Loads.warnings(clientStream("\"sockopt\": {\"tproxy\": \"tprxy\"}")))
                .singleElement()
                .asString()
                .contains("did you mean \"tproxy\"?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"sockopt\": {\"acceptProxyProtocol\": true}",
                "\"tcpSettings\": {\"acceptProxyProtocol\": true}",
                "\"tcpSettings\": {\"acceptProxyProtocol\": true}, \"sockopt\": {\"acceptProxyProtocol\": false}"
            })
    void theProxyProtocolIsAskedForInEitherPlace(String settings) {
        assertThat(Loads.load(stream(settings)).diagnostics()).isEmpty();
        assertThat(Loads.theInbound(stream(settings)).stream().sockopt().acceptProxyProtocol())
                .isTrue();
    }

    @Test
    void theTransportSectionFillsInWhatIsLeftOut() {
        String http = "{\"tcpSettings\": {\"header\": {\"type\": \"http\"}}}";
        String json = """
                {"transport": %s,
                 "inbounds": [{"port": 1, "protocol": "vmess"},
                              {"port": 2, "protocol": "vmess", "streamSettings": {"tcpSettings": {}}}]}""".formatted(http);
        List<TransportSettings> transports = Loads.config(json).inbounds().stream()
                .map(one -> one.stream().transport())
                .toList();
        assertThat(transports)
                .satisfiesExactly(
                        one -> assertThat(((TransportSettings.Raw) one).disguise())
                                .isNotNull(),
                        one -> assertThat(one).isEqualTo(new TransportSettings.Raw()));
        assertThat(Loads.warnings("{\"transport\": {\"tcpSetings\": {}}}"))
                .anyMatch(one -> one.contains("did you mean \"tcpSettings\"?"));
    }
}
