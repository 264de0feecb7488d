package io.culvert.launcher.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.launcher.link.ShareLink.ClientTls;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ShareLinkTest {
    private static final UUID ID = UUID.fromString("27848739-7e62-4138-9fd3-098a63964b6b");
    private static final LinkTransport TCP = LinkTransport.TCP;
    private static final ClientTls TLS = new ClientTls("localhost", "ab".repeat(32), true);

    @Test
    void vmessIsExactlyV2raynsJson() {
        String link = new VmessLink("demo", "127.0.0.1", 10086, ID, 0, TCP, null).text();
        assertThat(link).startsWith("vmess://");
        String json = new String(Base64.getDecoder().decode(link.substring(8)), StandardCharsets.UTF_8);
        assertThat(json)
                .isEqualTo(
                        "{\"v\":\"2\",\"ps\":\"demo\",\"add\":\"127.0.0.1\",\"port\":\"10086\","
                                + "\"id\":\"27848739-7e62-4138-9fd3-098a63964b6b\",\"aid\":\"0\",\"scy\":\"auto\",\"net\":\"tcp\","
                                + "\"type\":\"none\",\"host\":\"\",\"path\":\"\",\"tls\":\"\",\"sni\":\"\",\"alpn\":\"\",\"fp\":\"\"}");
    }

    @Test
    void vlessIsExactlyTheUri() {
        String link = new VlessLink("demo@culvert x", "127.0.0.1", 10443, ID, TCP, TLS).text();
        assertThat(link)
                .isEqualTo("vless://27848739-7e62-4138-9fd3-098a63964b6b@127.0.0.1:10443?encryption=none&security=tls"
                        + "&type=tcp&headerType=none&sni=localhost&allowInsecure=1&pcs=" + "ab".repeat(32)
                        + "#demo%40culvert%20x");
    }

    @Test
    void linksComeBackAsTheyWere() {
        ShareLink[] links = {
            new VmessLink("名 & #1", "example.com", 443, ID, 64, TCP, null),
            new VmessLink(
                    "x", "2001:db8::1", 1, ID, 0, new LinkTransport("kcp", "wechat-video", "", "a seed & more"), TLS),
            new VlessLink(
                    "名 & #1+?",
                    "example.com",
                    65535,
                    ID,
                    new LinkTransport("ws", "none", "h.example", "/p?ed=2048"),
                    null),
            new VlessLink(
                    "",
                    "2001:db8::1",
                    8443,
                    ID,
                    new LinkTransport("grpc", "multi", "", "a/b"),
                    new ClientTls("a.example", "", false, List.of("h2"))),
            new VlessLink("pinned", "192.0.2.1", 8443, ID, new LinkTransport("tcp", "http", "a,b", "/"), TLS),
        };
        for (ShareLink link : links) {
            assertThat(ShareLink.parse(link.text())).isEqualTo(link);
        }
    }

    @Test
    void otherProgramsSpellingsAreRead() {
        String json =
                "{\"v\":2,\"ps\":\"??>>\",\"add\":\"h\",\"port\":443,\"id\":\"" + ID + "\",\"aid\":0,\"net\":\"tcp\"}";
        String unpadded = Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
        assertThat(ShareLink.parse("VMess://" + unpadded)).isEqualTo(new VmessLink("??>>", "h", 443, ID, 0, TCP, null));
        assertThat(ShareLink.parse("vless://" + ID + "@h:443/?security=none&type=raw"))
                .isEqualTo(new VlessLink("", "h", 443, ID, TCP, null));
    }

    @Test
    void whatCannotBeDialledIsRefusedInWords() {
        assertThatThrownBy(() -> ShareLink.parse("trojan://x@h:1")).hasMessageContaining("vmess:// or vless://");
        assertThatThrownBy(() -> ShareLink.parse("vmess://%%%")).hasMessageContaining("base64 of a JSON object");
        assertThatThrownBy(() -> ShareLink.parse("vless://" + ID + "@h:0")).hasMessageContaining("port");
        assertThatThrownBy(() -> ShareLink.parse("vless://secret@h:1"))
                .hasMessageContaining("not a UUID")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> ShareLink.parse("vless://" + ID + "@h:1?type=quic"))
                .hasMessageContaining("\"quic\" is not supported yet");
        assertThatThrownBy(() -> ShareLink.parse("vless://" + ID + "@h:1?security=reality"))
                .hasMessageContaining("security");
        assertThatThrownBy(() -> ShareLink.parse("vless://" + ID)).hasMessageContaining("uuid@host:port");
    }
}
