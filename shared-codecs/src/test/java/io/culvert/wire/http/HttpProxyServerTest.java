package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpProxyServerTest {

    @Test
    void aPasswordMayHoldColonsAndANameMayNot() {
        assertThat(userOf("Basic " + base64("u-dev:p:w-dev"))).isEqualTo("u-dev");
        assertThat(userOf("basic   " + base64("u-dev:p:w-dev"))).isEqualTo("u-dev");
        for (String wrong : List.of(
                "Basic " + base64("u-dev:p"),
                "Basic " + base64("u-dev:p:w-dev:"),
                "Basic " + base64("u-dev"),
                "Basic " + base64(""),
                "Basic " + base64(":p:w-dev"),
                "Basic !!!",
                "Basic",
                "Basic ",
                "Bearer " + base64("u-dev:p:w-dev"),
                base64("u-dev:p:w-dev"))) {
            refusedWith407("Proxy-Authorization: " + wrong + "\r\n");
        }
        String right = "Proxy-Authorization: Basic " + base64("u-dev:p:w-dev") + "\r\n";
        refusedWith407(right + right);
        refusedWith407("");
        refusedWith407(right.replace("Proxy-", ""));
    }

    @Test
    void thePasswordComesBeforeAnyOtherFault() {
        HttpProxyServer<String> server = new HttpProxyServer<>(FakeProxy.ACCOUNTS, false);
        ByteBuf out = Unpooled.buffer();
        assertThat(server.read(bytes("GET /relative HTTP/1.1\r\n\r\n"), out))
                .isInstanceOfSatisfying(
                        Decoded.Malformed.class, bad -> assertThat(bad.cause()).isEqualTo(CloseCause.AUTH_FAILED));
        assertThat(out.toString(StandardCharsets.ISO_8859_1)).startsWith("HTTP/1.1 407 ");
    }

    @Test
    void aTransparentRequestGoesToItsHost() {
        for (String host : List.of("a.example", "a.example:80")) {
            FakeProxy proxy = new FakeProxy(false, true, exchange -> {
                assertThat(exchange.destination()).isEqualTo(Destination.tcp(Address.parse("a.example"), 80));
                return "HTTP/1.1 204 No Content\r\n\r\n";
            });
            proxy.send("GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            assertThat(proxy.upstreams())
                    .containsExactly("GET /x HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
            proxy.close();
        }
        for (String lines : List.of("", "Host:\r\n", "Host: a b\r\n", "Host: a\r\nHost: a\r\n", "Host: a:x\r\n")) {
            FakeProxy proxy = new FakeProxy(false, true, exchange -> "");
            proxy.send("GET /x HTTP/1.1\r\n" + lines + "\r\n");
            assertThat(proxy.toClient()).startsWith("HTTP/1.1 400 ");
            assertThat(proxy.upstreams()).isEmpty();
            proxy.close();
        }
    }

    @Test
    void nothingIsReadBehindATunnelOrARefusal() {
        for (String head : List.of("CONNECT a.example:443 HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\n\r\n", "\u0000")) {
            HttpProxyServer<String> server = new HttpProxyServer<>(null, false);
            server.read(bytes(head), Unpooled.buffer());
            assertThatThrownBy(() -> server.read(bytes(head), Unpooled.buffer()))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1, X: y, true",
        "HTTP/1.1, Proxy-Connection: close, true",
        "HTTP/1.1, Connection: keep-alive, true",
        "HTTP/1.1, Connection: Close, false",
        "HTTP/1.1, 'Connection: x, close', false",
        "HTTP/1.0, X: y, false",
        "HTTP/1.0, Connection: Keep-Alive, true",
        "HTTP/1.0, Proxy-Connection: keep-alive, true",
    })
    void aConnectionStaysUnlessASideSaysCloseAndTheAnswerSaysWhich(String version, String line, boolean stays) {
        FakeProxy proxy = new FakeProxy();
        proxy.send("POST http://a.example/ " + version + "\r\n" + line + "\r\nContent-Length: 2\r\n\r\nhi");
        assertThat(proxy.closed()).isEqualTo(!stays);
        assertThat(proxy.toClient())
                .contains(stays ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n")
                .doesNotContain(stays ? "Connection: close" : "keep-alive");
        proxy.close();
    }

    @Test
    void aLongHeadPassesAndATooLongOneIsAnswered() {
        String head = "GET http://a.example/ HTTP/1.1\r\nCookie: ";
        int room = RequestHeadReader.MAX_PROXY_LENGTH - head.length() - 4;
        FakeProxy proxy = new FakeProxy();
        proxy.send(head + "c".repeat(room) + "\r\n\r\n");
        assertThat(proxy.upstreams()).hasSize(1);
        proxy.send(head + "c".repeat(room + 1) + "\r\n\r\n");
        assertThat(proxy.upstreams()).hasSize(1);
        assertThat(proxy.toClient()).contains("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n");
        assertThat(proxy.closed()).isTrue();
        proxy.close();
    }

    @Test
    void everyTruncationOfAPipelineWaits() {
        String stream = ("POST http://a.example/ HTTP/1.1|Proxy-Connection: keep-alive|"
                        + "Transfer-Encoding: chunked||3|abc|0||"
                        + "GET http://b.example/ HTTP/1.1|Proxy-Connection: Keep-Alive||")
                .replace("|", "\r\n");
        for (int length = 0; length <= stream.length(); length++) {
            FakeProxy proxy = new FakeProxy();
            proxy.send(stream.substring(0, length));
            assertThat(proxy.closed()).isFalse();
            proxy.send(stream.substring(length));
            assertThat(proxy.upstreams()).hasSize(2);
            assertThat(HttpMessages.joined(proxy.upstreams().getFirst())).endsWith("\r\n\r\nabc<end>\r\n\r\n");
            assertThat(proxy.closed()).isFalse();
            assertThat(proxy.close()).isEmpty();
        }
    }

    private static String userOf(String authorization) {
        FakeProxy proxy = new FakeProxy(true, false, exchange -> "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        proxy.send("GET http://a.example/ HTTP/1.1\r\nProxy-Authorization: " + authorization + "\r\n\r\n");
        proxy.close();
        String user = proxy.user();
        assertThat(user).isNotNull();
        return user;
    }

    private static void refusedWith407(String lines) {
        FakeProxy proxy = new FakeProxy(true, false, exchange -> "");
        proxy.send("GET http://a.example/ HTTP/1.1\r\n" + lines + "\r\n");
        assertThat(proxy.toClient())
                .as(lines)
                .isEqualTo(
                        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\n\r\n");
        assertThat(proxy.cause()).isEqualTo(CloseCause.AUTH_FAILED);
        assertThat(proxy.upstreams()).isEmpty();
        proxy.close();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }
}
