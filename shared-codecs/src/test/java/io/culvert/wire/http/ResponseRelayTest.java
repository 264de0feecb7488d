package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.testkit.Segments;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.BodyRelay.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In the texts, {@code |} stands for CR LF. */
class ResponseRelayTest {
    private static final String KEEP = "Proxy-Connection: keep-alive|Connection: keep-alive|Keep-Alive: timeout=4||";
    private final StringBuilder out = new StringBuilder();

    @Test
    void aKnownLengthKeepsTheConnection() {
        ResponseRelay relay = relay("GET");
        assertThat(feed(relay, "HTTP/1.1 200 OK|Server: up|Content-Length: 2||okEXTRA"))
                .isEqualTo(State.ENDED);
        assertThat(out.toString()).isEqualTo("HTTP/1.1 200 OK|Server: up|Content-Length: 2|" + KEEP + "ok");
        assertThat(relay.promisedToGoOn() && relay.isOver()).isTrue();
    }

    @Test
    void headersOfTheHopAreDropped() {
        feed(
                relay("GET"),
                "HTTP/1.0 200|Connection: X-Priv, close|Connection: X-More|X-Priv: a|X-MORE: b|Keep-Alive: 9|Upgrade: x|"
                        + "Proxy-Authenticate: z|Trailer: t|X-Keep: b|Content-Length: 0||");
        assertThat(out.toString()).isEqualTo("HTTP/1.1 200 |X-Keep: b|Content-Length: 0|" + KEEP);
    }

    @Test
    void anEndThatIsKnownKeepsTheConnectionAndOneThatIsNotIsAnnounced() {
        ResponseRelay chunked = relay("GET");
        assertThat(feed(chunked, "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0|T: x||"))
                .isEqualTo(State.ENDED);
        assertThat(out.toString()).isEqualTo("HTTP/1.1 200 OK|Transfer-Encoding: chunked|" + KEEP + "2|ok|0||");
        assertThat(chunked.promisedToGoOn()).isTrue();
        out.setLength(0);
        ResponseRelay close = relay("GET");
        assertThat(feed(close, "HTTP/1.1 200 OK||ok")).isEqualTo(State.MORE);
        assertThat(close.inputEnded(this::take)).isEqualTo(State.ENDED);
        assertThat(out.toString()).isEqualTo("HTTP/1.1 200 OK|Connection: close||ok");
        assertThat(close.promisedToGoOn()).isFalse();
    }

    @Test
    void aConnectionThatWillBeClosedIsAnnounced() {
        assertThat(feed(relay("GET", HttpVersion.HTTP_1_1, false), "HTTP/1.1 200 OK|Content-Length: 2||ok"))
                .isEqualTo(State.ENDED);
        assertThat(out.toString()).isEqualTo("HTTP/1.1 200 OK|Content-Length: 2|Connection: close||ok");
    }

    @Test
    void whatOldServersWritePasses() {
        assertThat(feed(relay("GET"), "HTTP/1.1 200 OK\nX: a\nContent-Length: 2\n\nok"))
                .isEqualTo(State.ENDED);
        assertThat(feed(relay("GET"), "HTTP/1.1 200 OK|X \t: a|Content-Length : 2|Content-Length: 2, 2||ok"))
                .isEqualTo(State.ENDED);
        assertThat(out.toString()).isEqualTo(("HTTP/1.1 200 OK|X: a|Content-Length: 2|" + KEEP + "ok").repeat(2));
        out.setLength(0);
        String cookie = "c".repeat(100_000);
        assertThat(feed(relay("GET"), "HTTP/1.1 200 OK|Set-Cookie: " + cookie + "|Content-Length: 0||"))
                .isEqualTo(State.ENDED);
        assertThat(out.toString()).contains(cookie);
    }

    @Test
    void anOldClientGetsNoChunksAndNoInterimAnswers() {
        ResponseRelay relay = relay("GET", HttpVersion.HTTP_1_0, false);
        assertThat(feed(relay, "HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0||"))
                .isEqualTo(State.ENDED);
        assertThat(out.toString()).isEqualTo("HTTP/1.1 200 OK|Connection: close||ok");
    }

    @Test
    void answersWithoutABodyEndWithTheirHead() {
        assertThat(feed(relay("HEAD"), "HTTP/1.1 200 OK|Content-Length: 9||")).isEqualTo(State.ENDED);
        assertThat(feed(relay("HEAD"), "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"))
                .isEqualTo(State.ENDED);
        assertThat(feed(relay("GET"), "HTTP/1.1 204 No Content|Content-Length: 0||"))
                .isEqualTo(State.ENDED);
        assertThat(feed(relay("GET"), "HTTP/1.1 304 Not Modified|Content-Length: 9||"))
                .isEqualTo(State.ENDED);
        assertThat(out.toString())
                .isEqualTo("HTTP/1.1 200 OK|Content-Length: 9|" + KEEP + "HTTP/1.1 200 OK|" + KEEP
                        + "HTTP/1.1 204 No Content|" + KEEP + "HTTP/1.1 304 Not Modified|Content-Length: 9|" + KEEP);
    }

    @Test
    void interimAnswersGoOnAndAreBounded() {
        ResponseRelay relay = relay("GET");
        assertThat(feed(relay, "HTTP/1.1 100 Continue||HTTP/1.1 103 Early Hints|Link: x||HTTP/1.1 200 OK|Content-Le"))
                .isEqualTo(State.MORE);
        assertThat(relay.started()).isFalse();
        assertThat(out.toString()).isEqualTo("HTTP/1.1 100 Continue||HTTP/1.1 103 Early Hints|Link: x||");
        assertThat(feed(relay("GET"), "HTTP/1.1 100 Continue||".repeat(ResponseRelay.MAX_INTERIM)))
                .isEqualTo(State.MORE);
        assertThat(feed(relay("GET"), "HTTP/1.1 100 Continue||".repeat(ResponseRelay.MAX_INTERIM + 1)))
                .isEqualTo(State.FAILED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage",
                "HTTP/2.0 200 OK||",
                "HTTP/1.2 200 OK||",
                "HTTP/1.1200 OK||",
                "HTTP/1.1 20 OK||",
                "HTTP/1.1 2000 OK||",
                "HTTP/1.1 2x0 OK||",
                "HTTP/1.1 099 OK||",
                "HTTP/1.1  200 OK||",
                "HTTP/1.1 101 Switching Protocols|Upgrade: websocket||",
                "HTTP/1.1 200 OK|X: a\rY: b||",
                "HTTP/1.1 200 OK|X: a| folded||",
                "HTTP/1.1 200 OK| X: a||",
                "HTTP/1.1 200 OK|X y: a||",
                "HTTP/1.1 200 OK|Content-Length: 2|Content-Length: 3||ok",
                "HTTP/1.1 200 OK|Content-Length: x||",
                "HTTP/1.1 200 OK|Content-Length: 2|Transfer-Encoding: chunked||0||",
                "HTTP/1.1 200 OK|Transfer-Encoding: gzip||",
                "HTTP/1.0 200 OK|Transfer-Encoding: chunked||0||",
            })
    void unusableAnswersFailBeforeAnythingIsPassedOn(String answer) {
        ResponseRelay relay = relay("GET");
        assertThat(feed(relay, answer)).isEqualTo(State.FAILED);
        assertThat(relay.started()).isFalse();
        assertThat(relay.fault()).isNotEmpty();
        assertThat(relay.isMalformed()).isTrue();
        assertThat(out.toString()).isEmpty();
        assertThat(relay.relay(Unpooled.EMPTY_BUFFER, this::take)).isEqualTo(State.FAILED);
    }

    @Test
    void anAnswerThatDoesNotComeOrBreaksOffIsAFailure() {
        ResponseRelay silent = relay("GET");
        assertThat(silent.inputEnded(this::take)).isEqualTo(State.FAILED);
        assertThat(silent.started()).isFalse();
        assertThat(silent.isMalformed()).isFalse();
        ResponseRelay cut = relay("GET");
        feed(cut, "HTTP/1.1 200 OK|Content-Length: 5||he");
        assertThat(cut.inputEnded(this::take)).isEqualTo(State.FAILED);
        assertThat(cut.started()).isTrue();
        ResponseRelay broken = relay("GET");
        assertThat(feed(broken, "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|okX"))
                .isEqualTo(State.FAILED);
        assertThat(broken.isOver()).isFalse();
        assertThat(broken.fault()).isEqualTo("chunk longer than its size");
    }

    @Test
    void theHeadIsBounded() {
        assertThat(feed(relay("GET"), "HTTP/1.1 200 OK|X: " + "x".repeat(ResponseRelay.MAX_HEAD_LENGTH)))
                .isEqualTo(State.FAILED);
    }

    @Test
    void segmentationDoesNotMatter() {
        byte[] answer = crlf("HTTP/1.1 100 Continue||HTTP/1.1 200 OK|A: b|Content-Length: 5||hello")
                .getBytes(StandardCharsets.ISO_8859_1);
        for (long seed = 0; seed < 50; seed++) {
            out.setLength(0);
            ResponseRelay relay = relay("GET");
            AtomicReference<State> last = new AtomicReference<>(State.MORE);
            Predicate<ByteBuf> step = in -> {
                last.set(relay.relay(in, this::take));
                return last.get() != State.MORE;
            };
            ByteBuf in = ByteBufAllocator.DEFAULT.buffer();
            if (seed == 0) {
                Segments.oneByOne(answer, in, step);
            } else {
                Segments.randomly(answer, seed, in, step);
            }
            assertThat(last.get()).isEqualTo(State.ENDED);
            assertThat(in.refCnt()).isEqualTo(1);
            in.release();
            assertThat(out.toString())
                    .isEqualTo("HTTP/1.1 100 Continue||HTTP/1.1 200 OK|A: b|Content-Length: 5|" + KEEP + "hello");
        }
    }

    @Test
    void anAnswerBeforeTheEndOfTheRequestEndsTheConnection() {
        HttpProxyServer<String> server = new HttpProxyServer<>(null, false);
        ByteBuf in = ByteBufAllocator.DEFAULT.buffer();
        in.writeCharSequence(
                crlf("POST http://a.example/ HTTP/1.1|Content-Length: 5||he"), StandardCharsets.ISO_8859_1);
        HttpExchange exchange = exchange(server, in);
        exchange.requestBody().relay(in, ByteBuf::release);
        assertThat(feed(exchange.response(), "HTTP/1.1 413 Too Large|Content-Length: 0||"))
                .isEqualTo(State.ENDED);
        assertThat(exchange.persistent()).isFalse();
        assertThatThrownBy(() -> server.read(in, Unpooled.buffer())).isInstanceOf(IllegalStateException.class);
        in.release();
    }

    private static HttpExchange exchange(HttpProxyServer<String> server, ByteBuf in) {
        if (server.read(in, Unpooled.buffer())
                        instanceof Decoded.Complete<HttpProxyRequest<String>>(HttpProxyRequest<String> request)
                && request instanceof HttpProxyRequest.Forward<String>(HttpExchange exchange, var user)) {
            return exchange;
        }
        throw new AssertionError("no plain request");
    }

    private static ResponseRelay relay(String method) {
        return relay(method, HttpVersion.HTTP_1_1, true);
    }

    private static ResponseRelay relay(String method, HttpVersion version, boolean mayGoOn) {
        return new ResponseRelay(new HttpRequestHead(method, "/", version, new HeaderFields(List.of())), () -> mayGoOn);
    }

    private State feed(ResponseRelay relay, String text) {
        ByteBuf in = ByteBufAllocator.DEFAULT.buffer();
        in.writeCharSequence(crlf(text), StandardCharsets.ISO_8859_1);
        State state = relay.relay(in, this::take);
        assertThat(in.refCnt()).isEqualTo(1);
        in.release();
        return state;
    }

    private void take(ByteBuf bytes) {
        out.append(bytes.toString(StandardCharsets.ISO_8859_1).replace("\r\n", "|"));
        bytes.release();
    }

    private static String crlf(String text) {
        return text.replace("|", "\r\n");
    }
}
