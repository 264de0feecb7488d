package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that two readers of HTTP could take differently (reliability section 2c.13): each is refused, or gives one request
 * with one meaning. In the texts, {@code |} stands for CR LF.
 */
class SmugglingTest {
    private static final String HOST = "GET http://a.example/ HTTP/1.1|Host: a.example|";
    private static final String SECOND = "GET http://b.example/ HTTP/1.1|Host: b.example||";

    @ParameterizedTest
    @ValueSource(
            strings = {
                // both framings, or one of them twice
                "Content-Length: 5|Transfer-Encoding: chunked||0||",
                "Transfer-Encoding: chunked|Content-Length: 5||0||",
                "transfer-encoding: chunked|content-length: 0||0||",
                "Content-Length: 5|Content-Length: 6||helloX",
                "Content-Length: 5|Content-Length: 5||hello",
                "Content-Length: 5|content-length: 0||hello",
                "Content-Length: 5, 5||hello",
                "Content-Length: 5, 6||hello",
                "Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||",
                "Transfer-Encoding: chunked|Transfer-Encoding: identity||0||",
                // codings other than chunked
                "Transfer-Encoding: identity||",
                "Transfer-Encoding: gzip, chunked||0||",
                "Transfer-Encoding: chunked, identity||0||",
                "Transfer-Encoding: chunked, chunked||0||",
                "Transfer-Encoding: chunked;q=1||0||",
                "Transfer-Encoding: xchunked||0||",
                "Transfer-Encoding: \"chunked\"||0||",
                "Transfer-Encoding: chu nked||0||",
                "Transfer-Encoding: chunked,||0||",
                "Transfer-Encoding: ,chunked||0||",
                "Transfer-Encoding:||0||",
                // lengths that are no numbers
                "Content-Length:||",
                "Content-Length: +5||hello",
                "Content-Length: -1||",
                "Content-Length: 0x5||hello",
                "Content-Length: 5a||hello",
                "Content-Length: 5 5||hello",
                "Content-Length: 5.0||hello",
                "Content-Length: 1e1||hello",
                "Content-Length: \u00b2||hello",
                "Content-Length: 9999999999999999999||x",
                "Content-Length: 18446744073709551621||hello",
                // names that are no names
                "Transfer-Encoding : chunked||0||",
                "Content-Length : 5||hello",
                "Content-Length\t: 5||hello",
                " Content-Length: 5||hello",
                "Content Length: 5||hello",
                "Content-Length[]: 5||hello",
                "Content\u00e9Length: 5||hello",
                ": empty||",
                "no colon||",
                "X(comment): 1||",
                "\"X\": 1||",
                // folded lines
                "X: a| b||",
                "X: a|\tb||",
                "Transfer-Encoding:| chunked||0||",
                "Content-Length: 5| 6||hello",
                // line ends and control characters
                "X: a\nY: b||",
                "X: a\rY: b||",
                "X: a\r\r\nTransfer-Encoding: chunked||0||",
                "X: a|\n",
                "X: a\n\n",
                "X: a\u0000b||",
                "X\u0000: a||",
                "Transfer-Encoding: \u000bchunked||0||",
                "Transfer-Encoding: chunked\u000c||0||",
                "X: \u007f||",
                "X: \u0001||",
                "X: \u001b[0m||",
                // who is meant
                "Host: a.example||",
                "Host: b.example||",
                "host: a.example||",
            })
    void lines(String lines) {
        refused(HOST + lines);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET https://a.example/ HTTP/1.1|Host: a.example||",
                "GET http://a.example/ HTTP/1.1|Host: a.example|Host: a.example||",
                "GET http://user@a.example/ HTTP/1.1|Host: a.example||",
                "GET http://user:pw@a.example/ HTTP/1.1|Host: a.example||",
                "GET http://b.example@a.example/ HTTP/1.1|Host: a.example||",
                "GET http://a.example\\@b.example/ HTTP/1.1|Host: a.example||",
                "GET http://a.example:/ HTTP/1.1|Host: a.example||",
                "GET http://a.example:0/ HTTP/1.1|Host: a.example:0||",
                "GET http://a.example:65536/ HTTP/1.1|Host: a.example:65536||",
                "GET http://a.example:99999999999/ HTTP/1.1||",
                "GET http://a.example:80x/ HTTP/1.1|Host: a.example||",
                "GET http://a.example:+80/ HTTP/1.1|Host: a.example||",
                "GET http://a.example:80:80/ HTTP/1.1|Host: a.example||",
                "GET http:///path HTTP/1.1|Host: a.example||",
                "GET http:// HTTP/1.1|Host: a.example||",
                "GET http:a.example/ HTTP/1.1|Host: a.example||",
                "GET //a.example/ HTTP/1.1|Host: a.example||",
                "GET ftp://a.example/ HTTP/1.1|Host: a.example||",
                "GET http://a%2eexample/ HTTP/1.1|Host: a%2eexample||",
                "GET http://[::1/ HTTP/1.1|Host: [::1||",
                "GET http://[1.2.3.4]/ HTTP/1.1|Host: [1.2.3.4]||",
                "GET http://[fe80::1%25eth0]/ HTTP/1.1||",
                "GET http://::1/ HTTP/1.1||",
                "GET http://a.example/#x HTTP/1.1|Host: a.example||",
                "GET http://a.example#@b.example/ HTTP/1.1||",
                "GET a.example HTTP/1.1|Host: a.example||",
                "GET * HTTP/1.1|Host: a.example||",
                "GET http://b\u00fccher.example/ HTTP/1.1||",
                "CONNECT a.example HTTP/1.1||",
                "CONNECT a.example: HTTP/1.1||",
                "CONNECT a.example:0 HTTP/1.1||",
                "CONNECT a.example:65536 HTTP/1.1||",
                "CONNECT http://a.example:443 HTTP/1.1||",
                "CONNECT user@a.example:443 HTTP/1.1||",
                "CONNECT /a HTTP/1.1||",
                "CONNECT :443 HTTP/1.1||",
                "CONNECT a.example:443 HTTP/1.1|Host: a|Host: b||",
                "CONNECT a.example:443 HTTP/1.1|Content-Length: 5||hello",
                "CONNECT a.example:443 HTTP/1.1|Transfer-Encoding: chunked||0||",
                "POST http://a.example/ HTTP/1.0|Transfer-Encoding: chunked||0||",
            })
    void targets(String request) {
        refused(request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "|GET http://a.example/ HTTP/1.1||",
                " GET http://a.example/ HTTP/1.1||",
                "GET  http://a.example/ HTTP/1.1||",
                "GET http://a.example/  HTTP/1.1||",
                "GET http://a.example/ HTTP/1.1 ||",
                "GET\thttp://a.example/ HTTP/1.1||",
                "GET http://a.example/ b HTTP/1.1||",
                "GET http://a.example/\tb HTTP/1.1||",
                "GET http://a.example/||",
                "GET http://a.example/ HTTP/0.9||",
                "GET http://a.example/ HTTP/1.2||",
                "GET http://a.example/ HTTP/1.10||",
                "GET http://a.example/ HTTP/11||",
                "GET http://a.example/ http/1.1||",
                "GET http://a.example/ HTTP/1.1\n\n",
                "GET http://a.example/ HTTP/1.1\rX: y||",
                "G(T http://a.example/ HTTP/1.1||",
                "G\u0000T http://a.example/ HTTP/1.1||",
                "GET http://a.example/\u0000 HTTP/1.1||",
                "PRI * HTTP/2.0||SM||",
                "SSH-2.0-OpenSSH_9.2p1 Debian-2|",
                "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG http://a.example/ HTTP/1.1||",
                "\u0016\u0003\u0001",
                "\u0005\u0001\u0000",
            })
    void whatIsNoHttpIsClosedWithoutAWord(String request) {
        FakeProxy proxy = sent(request);
        assertThat(proxy.upstreams()).isEmpty();
        assertThat(proxy.toClient()).isEmpty();
        assertThat(proxy.closed()).isTrue();
        assertThat(proxy.cause()).isEqualTo(CloseCause.MALFORMED);
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "|",
                "x|",
                "-1|",
                "+5|hello|",
                "0x5|hello|",
                " 5|hello|",
                "5 |hello|",
                "5\t|hello|",
                "5 ;x|hello|",
                ";x|",
                "G|",
                "\u0665|",
                "5\n hello",
                "5\rhello",
                "5\r\rhello",
                "5|hello5|",
                "5|hello\n0||",
                "5|hello\r0||",
                "5|hel|",
                "4|hello|0||",
                "1000000000000000|",
                "ffffffffffffffff5|",
                "0000000000000005|hello|",
                "5;\n|",
                "5;a\u0000|",
                "0|X: a\n|",
                "0|X: a\u0000||",
                "0|\rX",
                "0|X: a\rb||",
                "5;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|hello|0||",
            })
    void chunksThatReadersDisagreeAboutEndTheConnection(String body) {
        FakeProxy proxy = sent("POST http://a.example/ HTTP/1.1|Proxy-Connection: keep-alive|"
                + "Transfer-Encoding: chunked||" + body + SECOND);
        assertThat(proxy.upstreams()).as("no second request").hasSizeLessThanOrEqualTo(1);
        assertThat(proxy.closed()).isTrue();
        assertThat(proxy.cause()).isEqualTo(CloseCause.MALFORMED);
        for (String received : proxy.upstreams()) {
            assertThat(received).doesNotEndWith("0\r\n\r\n").doesNotContain("b.example");
        }
        proxy.close();
    }

    @Test
    void chunksAreWrittenAnewAndWhatFollowsIsTheNextRequest() {
        String body = "5;ext=\"a;b\"|hello|00A; x|0123456789|0|X-Trailer: 1|Content-Length: 9||";
        FakeProxy proxy = sent("POST http://a.example/ HTTP/1.1|Proxy-Connection: keep-alive|"
                + "transfer-encoding: CHUNKED||" + body + SECOND + "GET ht");
        assertThat(proxy.upstreams())
                .containsExactly(
                        crlf("POST / HTTP/1.1|Host: a.example|Transfer-Encoding: chunked|Connection: close||"
                                + "5|hello|a|0123456789|0||"),
                        crlf("GET / HTTP/1.1|Host: b.example|Connection: close||"));
        assertThat(proxy.close()).isEqualTo("GET ht");
    }

    @Test
    void aRequestInTheBodyIsBody() {
        FakeProxy proxy = sent("POST http://a.example/ HTTP/1.1|Proxy-Connection: keep-alive|Content-Length: "
                + crlf(SECOND).length() + "||" + SECOND);
        assertThat(proxy.upstreams()).hasSize(1);
        assertThat(proxy.upstreams().getFirst()).endsWith(crlf(SECOND));
        proxy.send(crlf(SECOND));
        assertThat(proxy.upstreams()).hasSize(2);
        assertThat(proxy.close()).isEmpty();
    }

    @Test
    void nothingIsTakenForARequestBehindOneThatSaysClose() {
        FakeProxy proxy = sent("POST http://a.example/ HTTP/1.1|Connection: close|Content-Length: 5||hello" + SECOND);
        assertThat(proxy.upstreams()).hasSize(1);
        assertThat(proxy.closed()).isTrue();
        assertThat(proxy.close()).isEqualTo(crlf(SECOND));
    }

    @Test
    void everyListedHeaderIsDroppedWhicheverConnectionLineListsIt() {
        FakeProxy proxy = sent("POST http://a.example/ HTTP/1.1|Host: a.example|Connection: X-One, close|"
                + "CONNECTION: x-two,X-Three ,, Content-Length, Host|X-One: 1|X-Two: 2|X-THREE: 3|X-Four: 4|"
                + "Proxy-Foo: 1|Keep-Alive: 5|TE: trailers|Trailer: X|Trailers: X|Upgrade: h2c|"
                + "Proxy-Authorization: Basic x|Proxy-Authenticate: y|Proxy-Connection: close|Content-Length: 2||ok");
        assertThat(proxy.upstreams())
                .containsExactly(
                        crlf("POST / HTTP/1.1|Host: a.example|X-Four: 4|Content-Length: 2|Connection: close||ok"));
        proxy.close();
    }

    @Test
    void oddButClearRequestsHaveOneMeaning() {
        assertThat(forwarded("GET http://A.example HTTP/1.1|Host: a.EXAMPLE:80||"))
                .isEqualTo("GET / HTTP/1.1|Host: A.example|Connection: close||");
        assertThat(forwarded("GET HTTP://a.example?x=y HTTP/1.1|Host: a.example||"))
                .isEqualTo("GET /?x=y HTTP/1.1|Host: a.example|Connection: close||");
        for (String host : List.of(
                "other.example",
                "a.example:81",
                "::1:20900",
                "",
                "a.example, b.example",
                "u@a.example",
                "http://a.example")) {
            assertThat(forwarded("GET http://a.example/ HTTP/1.1|Host: " + host + "||"))
                    .as("Host: %s", host)
                    .isEqualTo("GET / HTTP/1.1|Host: a.example|Connection: close||");
        }
        assertThat(forwarded("GET http://[2001:DB8::0:1]:0080/ HTTP/1.1|Host: [2001:db8::1]||"))
                .isEqualTo("GET / HTTP/1.1|Host: [2001:db8::1]:80|Connection: close||");
        assertThat(forwarded("OPTIONS http://a.example HTTP/1.1|Host: a.example||"))
                .isEqualTo("OPTIONS * HTTP/1.1|Host: a.example|Connection: close||");
        assertThat(forwarded("GET http://a.example/\u00c3\u00a9?\u00ff HTTP/1.1||"))
                .isEqualTo("GET /%C3%A9?%FF HTTP/1.1|Host: a.example|Connection: close||");
        assertThat(forwarded("PUT http://a.example/ HTTP/1.1||"))
                .isEqualTo("PUT / HTTP/1.1|Host: a.example|Content-Length: 0|Connection: close||");
        assertThat(forwarded("POST http://a.example/ HTTP/1.1|Content-Length: 0||"))
                .isEqualTo("POST / HTTP/1.1|Host: a.example|Content-Length: 0|Connection: close||");
        assertThat(forwarded("POST http://a.example/ HTTP/1.1|Content-Length: \t005 ||hello"))
                .isEqualTo("POST / HTTP/1.1|Host: a.example|Content-Length: 5|Connection: close||hello");
        assertThat(forwarded("GET http://a.example/ HTTP/1.1|X:|Y: \u00e9\tz ||"))
                .isEqualTo("GET / HTTP/1.1|Host: a.example|X: |Y: \u00e9\tz|Connection: close||");
    }

    @Test
    void aConnectIsGrantedOnceAndTheRestIsPayload() {
        FakeProxy proxy = sent("CONNECT [::1]:443 HTTP/1.0|Content-Length: 0||" + SECOND);
        assertThat(proxy.tunnel()).isTrue();
        assertThat(proxy.toClient()).isEqualTo("HTTP/1.1 200 Connection established\r\n\r\n");
        assertThat(proxy.upstreams()).isEqualTo(List.of(crlf(SECOND)));
        proxy.close();
    }

    private static void refused(String request) {
        FakeProxy proxy = sent(request + SECOND);
        assertThat(proxy.upstreams()).isEmpty();
        assertThat(proxy.closed()).isTrue();
        assertThat(proxy.cause()).isEqualTo(CloseCause.MALFORMED);
        assertThat(proxy.toClient())
                .isEqualTo(
                        crlf("HTTP/1.1 400 Bad Request|Connection: close|Proxy-Connection: close|Content-Length: 0||"));
        proxy.close();
        FakeProxy slow = new FakeProxy().sendOneByOne(crlf(request + SECOND).getBytes(StandardCharsets.ISO_8859_1));
        assertThat(slow.toClient()).isEqualTo(proxy.toClient());
        assertThat(slow.upstreams()).isEmpty();
        slow.close();
    }

    private static String forwarded(String request) {
        FakeProxy proxy = sent(request);
        assertThat(proxy.upstreams()).hasSize(1);
        assertThat(proxy.close()).isEmpty();
        return proxy.upstreams().getFirst().replace("\r\n", "|");
    }

    private static FakeProxy sent(String text) {
        return new FakeProxy().send(crlf(text));
    }

    private static String crlf(String text) {
        return text.replace("|", "\r\n");
    }
}
