package io.culvert.launcher.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.CulvertConfig;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.Source;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Links of a configuration's transports, in the words that v2rayN imports. */
class ConfigLinksTest {
    private static final String ID = "27848739-7e62-4138-9fd3-098a63964b6b";

    private static ConfigLinks.Links links(String protocol, String place, String stream) throws IOException {
        String more = protocol.equals("vless") ? ", \"decryption\": \"none\"" : "";
        String json = "{\"inbounds\": [{" + place + ", \"protocol\": \"" + protocol
                + "\", \"settings\": {\"clients\": [{\"id\": \"" + ID + "\"}]" + more + "}, \"streamSettings\": {"
                + stream + "}}], \"outbounds\": []}";
        CulvertConfig config =
                Objects.requireNonNull(ConfigLoader.load(List.of(new Source("c.json", json)), Environment.ofProcess())
                        .config());
        return new ConfigLinks("a.example").of(config);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"network\": \"ws\", \"wsSettings\": {\"path\": \"/w s?ed=64\", \"headers\": {\"Host\": \"h.example\"}}"
                        + " | type=ws&host=h.example&path=%2Fw%20s%3Fed%3D64",
                "\"network\": \"httpupgrade\", \"httpupgradeSettings\": {\"path\": \"/u\", \"host\": \"h.example\"}"
                        + " | type=httpupgrade&host=h.example&path=%2Fu",
                "\"network\": \"grpc\", \"grpcSettings\": {\"serviceName\": \"a/b\", \"multiMode\": true}"
                        + " | type=grpc&serviceName=a%2Fb&mode=multi",
                "\"network\": \"mkcp\", \"kcpSettings\": {\"seed\": \"x&y\", \"header\": {\"type\": \"wechat-video\"}}"
                        + " | type=kcp&headerType=wechat-video&seed=x%26y",
                "\"tcpSettings\": {\"header\": {\"type\": \"http\", \"request\": {\"headers\": {\"Host\": [\"a\", \"b\"]}}}}"
                        + " | type=tcp&headerType=http&host=a%2Cb&path=%2F",
            })
    void vlessSaysTheTransport(String stream, String query) throws IOException {
        ConfigLinks.Links links = links("vless", "\"port\": 443", stream);
        assertThat(links.refused()).isEmpty();
        assertThat(links.links())
                .singleElement()
                .satisfies(link -> assertThat(link.text())
                        .isEqualTo("vless://" + ID + "@a.example:443?encryption=none&security=none&" + query
                                + "#culvert"));
    }

    @Test
    void vmessSaysTheTransport() throws IOException {
        String grpc = "\"network\": \"grpc\", \"grpcSettings\": {\"serviceName\": \"s\", \"authority\": \"x\"}";
        assertThat(words(links("vmess", "\"port\": 443", grpc))).containsExactly("grpc", "gun", "x", "s");
        String kcp = "\"network\": \"kcp\", \"kcpSettings\": {\"seed\": \"s\", \"header\": {\"type\": \"srtp\"}}";
        assertThat(words(links("vmess", "\"port\": 443", kcp))).containsExactly("kcp", "srtp", "", "s");
        assertThat(words(links("vmess", "\"port\": 443", "\"network\": \"ws\"")))
                .containsExactly("ws", "none", "", "/");
    }

    private static List<String> words(ConfigLinks.Links links) {
        String text = links.links().getFirst().text().substring("vmess://".length());
        JsonObject json = new JsonObject(new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8));
        return List.of(json.getString("net"), json.getString("type"), json.getString("host"), json.getString("path"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"port\": 443 | \"network\": \"h2\" | the transport HTTP/2, which clients would take for TCP",
                "\"port\": 443 | \"network\": \"quic\" | the transport QUIC, which clients would take for TCP",
                "\"port\": 443 | \"network\": \"ds\", \"dsSettings\": {\"path\": \"/x\"} | a unix socket",
                "\"listen\": \"/run/x.sock\" | \"network\": \"ws\" | a unix socket",
                "\"port\": 0 | \"network\": \"ws\" | a port that is another at every start",
                "\"port\": 1 | \"network\": \"kcp\", \"kcpSettings\": {\"seed\": \"\"} | mKCP with an empty seed",
                "\"port\": 1 | \"tcpSettings\": {\"header\": {\"type\": \"http\", \"request\": {\"path\": \"/p\"}}} | an HTTP"
                        + " disguise whose path is not \"/\"",
            })
    void whatALinkCannotSayIsRefused(String place, String stream, String what) throws IOException {
        ConfigLinks.Links links = links("vmess", place, stream);
        assertThat(links.links()).isEmpty();
        assertThat(links.refused()).containsExactly("c.json:1:15  no share link can say " + what);
    }
}
