package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.testkit.Segments;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class RequestHeadReaderTest {
    private static final String HEAD =
            "POST http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\nX-One:  a b\t\r\nx-one: c\r\n\r\n";

    @Test
    void keepsNamesValuesAndTheirOrder() {
        HttpRequestHead head = complete(new RequestHeadReader().read(bytes(HEAD)));
        assertThat(head.method()).isEqualTo("POST");
        assertThat(head.target()).isEqualTo("http://a.example/x?y");
        assertThat(head.version()).isEqualTo(HttpVersion.HTTP_1_1);
        assertThat(head.headers().list())
                .isEqualTo(List.of(
                        new HeaderField("Host", "a.example"),
                        new HeaderField("X-One", "a b"),
                        new HeaderField("x-one", "c")));
        assertThat(head.headers().count("X-ONE")).isEqualTo(2);
        assertThat(head.headers().first("x-one")).isEqualTo("a b");
        assertThat(head.headers().first("missing")).isNull();
    }

    @Test
    void everyTruncationNeedsMoreAndTakesNothing() {
        for (int length = 0; length < HEAD.length(); length++) {
            ByteBuf in = bytes(HEAD.substring(0, length));
            assertThat(new RequestHeadReader().read(in)).isEqualTo(Decoded.needMore());
            assertThat(in.readableBytes()).isEqualTo(length);
        }
    }

    @Test
    void segmentationDoesNotMatter() {
        byte[] stream = (HEAD + "body").getBytes(StandardCharsets.ISO_8859_1);
        HttpRequestHead whole = complete(new RequestHeadReader().read(Unpooled.wrappedBuffer(stream)));
        for (long seed = 0; seed < 50; seed++) {
            RequestHeadReader reader = new RequestHeadReader();
            AtomicReference<HttpRequestHead> got = new AtomicReference<>();
            Predicate<ByteBuf> step = in -> {
                if (reader.read(in) instanceof Decoded.Complete<HttpRequestHead>(HttpRequestHead head)) {
                    got.set(head);
                    return true;
                }
                return false;
            };
            ByteBuf in = Unpooled.buffer();
            if (seed == 0) {
                Segments.oneByOne(stream, in, step);
            } else {
                Segments.randomly(stream, seed, in, step);
            }
            assertThat(got.get()).isEqualTo(whole);
            assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo("body");
        }
    }

    @Test
    void theHeadIsBounded() {
        String start = "GET http://a.example/ HTTP/1.1\r\nX: ";
        int room = RequestHeadReader.MAX_LENGTH - start.length() - 4;
        complete(new RequestHeadReader().read(bytes(start + "x".repeat(room) + "\r\n\r\n")));
        RequestHeadReader reader = new RequestHeadReader();
        assertThat(reader.read(bytes(start + "x".repeat(room + 1) + "\r\n\r\n")))
                .isInstanceOf(Decoded.Malformed.class);
        assertThat(reader.spokeHttp()).isTrue();
        RequestHeadReader endless = new RequestHeadReader();
        assertThat(endless.read(bytes("GET /" + "x".repeat(RequestHeadReader.MAX_LENGTH))))
                .isInstanceOf(Decoded.Malformed.class);
        assertThat(endless.spokeHttp()).isFalse();
    }

    @Test
    void theNumberOfHeaderLinesIsBounded() {
        String start = "GET http://a.example/ HTTP/1.1\r\n";
        assertThat(new RequestHeadReader().read(bytes(start + "a:\r\n".repeat(HeaderFields.MAX_FIELDS) + "\r\n")))
                .isInstanceOf(Decoded.Complete.class);
        assertThat(new RequestHeadReader().read(bytes(start + "a:\r\n".repeat(HeaderFields.MAX_FIELDS + 1) + "\r\n")))
                .isInstanceOf(Decoded.Malformed.class);
    }

    @Test
    void whatIsNoMethodIsNoticedAtOnce() {
        for (String text : List.of("\u0016", "GE\r", "\r\n", " ", "{", "A".repeat(33))) {
            RequestHeadReader reader = new RequestHeadReader();
            assertThat(reader.read(bytes(text))).as(text).isInstanceOf(Decoded.Malformed.class);
            assertThat(reader.spokeHttp()).isFalse();
        }
    }

    @Test
    void theTextOfARequestTellsNoSecrets() {
        HttpRequestHead head = complete(new RequestHeadReader()
                .read(bytes("GET http://a.example/?token=t0p HTTP/1.1\r\nProxy-Authorization: Basic abc\r\n\r\n")));
        assertThat(head.toString()).doesNotContain("t0p").doesNotContain("abc");
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    private static HttpRequestHead complete(Decoded<HttpRequestHead> result) {
        assertThat(result).isInstanceOf(Decoded.Complete.class);
        return ((Decoded.Complete<HttpRequestHead>) result).value();
    }
}
