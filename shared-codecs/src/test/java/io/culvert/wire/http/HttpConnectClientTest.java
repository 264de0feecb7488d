package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.HttpConnectClient.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class HttpConnectClientTest {
    private static final String OK = "HTTP/1.0 200 Connection established\r\nVia: x\r\nContent-Length: 5\r\n\r\n";

    @Test
    void everyTruncationWaitsAndBytesBehindTheHeadAreKept() {
        for (int length = 0; length < OK.length(); length++) {
            assertThat(new HttpConnectClient().read(bytes(OK.substring(0, length))))
                    .isEqualTo(Decoded.needMore());
        }
        ByteBuf in = Unpooled.buffer();
        HttpConnectClient client = new HttpConnectClient();
        for (int i = 0; i < OK.length() - 1; i++) {
            in.writeByte(OK.charAt(i));
            assertThat(client.read(in)).isEqualTo(Decoded.needMore());
        }
        in.writeByte('\n').writeCharSequence("payload", StandardCharsets.ISO_8859_1);
        assertThat(client.read(in)).isEqualTo(Decoded.complete(new Answer(200, "Connection established")));
        assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo("payload");
    }

    @Test
    void anyOtherStatusIsAValue() {
        for (int status : new int[] {100, 201, 204, 302, 403, 407, 502, 999}) {
            Decoded<Answer> result = new HttpConnectClient().read(bytes("HTTP/1.1 " + status + "\r\n\r\n"));
            assertThat(result).isEqualTo(Decoded.complete(new Answer(status, "")));
            assertThat(new Answer(status, "").accepted()).isFalse();
        }
        assertThat(new Answer(200, "").accepted()).isTrue();
    }

    @Test
    void theReasonIsFitForALog() {
        assertThat(reason("407 Proxy Authentication Required")).isEqualTo("407 Proxy Authentication Required");
        assertThat(reason("502 ")).isEqualTo("502");
        assertThat(reason("403 " + "x".repeat(500))).isEqualTo("403 " + "x".repeat(80));
        assertThat(reason("403 a\u0085b\u009b31m")).isEqualTo("403 ab31m");
    }

    private static String reason(String line) {
        Decoded<Answer> read = new HttpConnectClient().read(bytes("HTTP/1.1 " + line + "\r\n\r\n"));
        return ((Decoded.Complete<Answer>) read).value().text();
    }

    @Test
    void anAnswerOfAnOldProxyWithLoneLineFeedsIsTaken() {
        assertThat(new HttpConnectClient().read(bytes("HTTP/1.1 200 OK\n\n"))).isInstanceOf(Decoded.Complete.class);
    }

    @Test
    void whatIsNoAnswerIsRefused() {
        for (String text : List.of(
                "SSH-2.0",
                "h",
                "HTTP/2",
                "HTTP/1.1 OK\r\n\r\n",
                "HTTP/1.1 200 OK\rX",
                "HTTP/1.1 200 OK\r\nX: " + "x".repeat(HttpConnectClient.MAX_HEAD_LENGTH))) {
            assertThat(new HttpConnectClient().read(bytes(text)))
                    .as(text)
                    .isInstanceOfSatisfying(
                            Decoded.Malformed.class,
                            bad -> assertThat(bad.cause()).isEqualTo(CloseCause.UPSTREAM_HANDSHAKE_FAILED));
        }
    }

    @Test
    void ourOwnServerGrantsWhatItAsksFor() {
        for (String host : List.of("a.example", "1.2.3.4", "2001:db8::5")) {
            Destination target = Destination.tcp(Address.parse(host), 8443);
            ByteBuf request = Unpooled.buffer();
            HttpConnectClient.writeRequest(request, target, new HttpConnectClient.Credentials("u-dev", "p:w-dev"));
            ByteBuf answer = Unpooled.buffer();
            assertThat(new HttpProxyServer<>(FakeProxy.ACCOUNTS, false).read(request, answer))
                    .isEqualTo(Decoded.complete(new HttpProxyRequest.Tunnel<>(target, "u-dev")));
            assertThat(new HttpConnectClient().read(answer))
                    .isInstanceOfSatisfying(
                            Decoded.Complete.class,
                            read -> assertThat(((Answer) read.value()).accepted())
                                    .isTrue());
            assertThat(answer.isReadable()).isFalse();
        }
    }

    @Test
    void credentialsHideThePassword() {
        assertThat(new HttpConnectClient.Credentials("u", "hunter2").toString()).doesNotContain("hunter2");
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }
}
