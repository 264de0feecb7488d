package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.testkit.Segments;
import io.culvert.wire.http.BodyRelay.State;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class BodyRelayTest {
    private final StringBuilder out = new StringBuilder();

    @Test
    void aKnownLengthEndsExactly() {
        BodyRelay body = new BodyRelay(new BodyFraming.Length(5), false);
        assertThat(relay(body, "hel")).isEmpty();
        assertThat(body.state()).isEqualTo(State.MORE);
        assertThat(relay(body, "loGET")).isEqualTo("GET");
        assertThat(body.state()).isEqualTo(State.ENDED);
        assertThat(out.toString()).isEqualTo("hello");
        assertThat(relay(body, "more")).isEqualTo("more");
    }

    @Test
    void noBodyTakesNothing() {
        for (BodyFraming framing : new BodyFraming[] {new BodyFraming.None(), new BodyFraming.Length(0)}) {
            BodyRelay body = new BodyRelay(framing, false);
            assertThat(body.state()).isEqualTo(State.ENDED);
            assertThat(relay(body, "GET")).isEqualTo("GET");
        }
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aCutBodyIsAFailureUnlessItLastsUntilTheClose() {
        BodyRelay length = new BodyRelay(new BodyFraming.Length(5), false);
        relay(length, "hell");
        assertThat(length.inputEnded(this::take)).isEqualTo(State.FAILED);
        assertThat(length.fault()).isEqualTo("body cut short");
        BodyRelay chunked = new BodyRelay(new BodyFraming.Chunked(), true);
        relay(chunked, "5\r\nhello\r\n");
        assertThat(chunked.inputEnded(this::take)).isEqualTo(State.FAILED);
        out.setLength(0);
        BodyRelay rest = new BodyRelay(new BodyFraming.UntilClose(), false);
        relay(rest, "anything");
        assertThat(rest.state()).isEqualTo(State.MORE);
        assertThat(rest.inputEnded(this::take)).isEqualTo(State.ENDED);
        assertThat(out.toString()).isEqualTo("anything");
    }

    @Test
    void chunksCanGoOnAsTheyAreOrInChunks() {
        String sent = "3\r\nabc\r\n002;x\r\nde\r\n0\r\nT: 1\r\n\r\nNEXT";
        BodyRelay plain = new BodyRelay(new BodyFraming.Chunked(), false);
        assertThat(relay(plain, sent)).isEqualTo("NEXT");
        assertThat(out.toString()).isEqualTo("abcde");
        out.setLength(0);
        BodyRelay chunked = new BodyRelay(new BodyFraming.Chunked(), true);
        assertThat(relay(chunked, sent)).isEqualTo("NEXT");
        assertThat(out.toString()).isEqualTo("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    }

    @Test
    void segmentationDoesNotMatter() {
        byte[] stream = "b;q=\"1\"\r\nhello world\r\n1\r\n!\r\n000\r\nTrailer: x\r\nOther: y\r\n\r\nNEXT"
                .getBytes(StandardCharsets.ISO_8859_1);
        for (long seed = 0; seed < 100; seed++) {
            out.setLength(0);
            BodyRelay body = new BodyRelay(new BodyFraming.Chunked(), false);
            AtomicReference<State> last = new AtomicReference<>(State.MORE);
            Predicate<ByteBuf> step = in -> {
                last.set(body.relay(in, this::take));
                return last.get() != State.MORE;
            };
            ByteBuf in = ByteBufAllocator.DEFAULT.buffer();
            if (seed == 0) {
                Segments.oneByOne(stream, in, step);
            } else {
                Segments.randomly(stream, seed, in, step);
            }
            assertThat(last.get()).isEqualTo(State.ENDED);
            assertThat(out.toString()).isEqualTo("hello world!");
            assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo("NEXT");
            assertThat(in.refCnt()).isEqualTo(1);
            in.release();
        }
    }

    @Test
    void aHugeChunkCostsNothing() {
        BodyRelay body = new BodyRelay(new BodyFraming.Chunked(), true);
        assertThat(relay(body, "fffffffffffffff\r\nx")).isEmpty();
        assertThat(body.state()).isEqualTo(State.MORE);
        assertThat(out.toString()).isEqualTo("1\r\nx\r\n");
    }

    @Test
    void extensionsAndTrailersAreBounded() {
        assertThat(stateAfter("1;" + "a".repeat(ChunkedBody.MAX_EXTENSION_LENGTH - 1) + "\r\n"))
                .isEqualTo(State.MORE);
        assertThat(stateAfter("1;" + "a".repeat(ChunkedBody.MAX_EXTENSION_LENGTH) + "\r\n"))
                .isEqualTo(State.FAILED);
        assertThat(stateAfter("0\r\n" + "a:b\r\n".repeat(ChunkedBody.MAX_TRAILER_LENGTH / 4 - 1) + "\r\n"))
                .isEqualTo(State.ENDED);
        assertThat(stateAfter("0\r\n" + "a:b\r\n".repeat(ChunkedBody.MAX_TRAILER_LENGTH / 4 + 1) + "\r\n"))
                .isEqualTo(State.FAILED);
    }

    private State stateAfter(String text) {
        BodyRelay body = new BodyRelay(new BodyFraming.Chunked(), false);
        relay(body, text);
        return body.state();
    }

    /** Gives what was left. */
    private String relay(BodyRelay body, String text) {
        ByteBuf in = ByteBufAllocator.DEFAULT.buffer();
        in.writeCharSequence(text, StandardCharsets.ISO_8859_1);
        assertThat(body.relay(in, this::take)).isEqualTo(body.state());
        String left = in.toString(StandardCharsets.ISO_8859_1);
        assertThat(in.refCnt()).isEqualTo(1);
        in.release();
        return left;
    }

    private void take(ByteBuf bytes) {
        out.append(bytes.toString(StandardCharsets.ISO_8859_1));
        bytes.release();
    }
}
