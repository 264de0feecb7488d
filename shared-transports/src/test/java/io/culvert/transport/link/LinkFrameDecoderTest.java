package io.culvert.transport.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinkFrameDecoderTest {
    private static final ByteBufAllocator ALLOC = UnpooledByteBufAllocator.DEFAULT;
    private static final int STREAM = 0x80000007;

    /** Writes down what it hears; payload of one frame is put together again. */
    private static final class Heard implements LinkFrameDecoder.Sink {
        final List<String> frames = new ArrayList<>();
        private final StringBuilder data = new StringBuilder();

        @Override
        public void data(int stream, ByteBuf bytes) {
            data.append(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
        }

        @Override
        public boolean control(int type, int stream, ByteBuf payload) {
            settle();
            frames.add(type + " of " + Integer.toUnsignedString(stream) + ": " + ByteBufUtil.hexDump(payload));
            return type <= LinkFrames.LEAVING;
        }

        @Override
        public boolean frame(int type, int length) {
            settle();
            return true;
        }

        private void settle() {
            if (!data.isEmpty()) {
                frames.add("data " + data);
                data.setLength(0);
            }
        }
    }

    private static LinkFrameDecoder decoder(Heard heard, boolean server) {
        return new LinkFrameDecoder(heard, ALLOC.heapBuffer(LinkLimits.MAX_CONTROL, LinkLimits.MAX_CONTROL), server);
    }

    private static byte[] conversation() {
        ByteBuf all = Unpooled.buffer();
        ByteBuf[] frames = {
            LinkFrames.preface(),
            LinkFrames.order(ALLOC, STREAM, Unpooled.wrappedBuffer(new byte[] {1, 2, 3})),
            Unpooled.buffer()
                    .writeLong(LinkFrames.head(LinkFrames.DATA, STREAM, 5))
                    .writeBytes("hello".getBytes(StandardCharsets.US_ASCII)),
            Unpooled.buffer().writeLong(LinkFrames.head(LinkFrames.DATA, STREAM, 0)),
            LinkFrames.window(ALLOC, STREAM, 65_536),
            LinkFrames.refused(ALLOC, 1, new SessionFailure(CloseCause.DIAL_REFUSED, "n\u00e9 in\n")),
            LinkFrames.reset(ALLOC, 2, CloseCause.IDLE_TIMEOUT),
            LinkFrames.bare(ALLOC, LinkFrames.END, STREAM),
        };
        for (ByteBuf frame : frames) {
            all.writeBytes(frame);
            frame.release();
        }
        return ByteBufUtil.getBytes(all);
    }

    @Test
    void frames_are_the_same_however_they_come() {
        byte[] sent = conversation();
        List<String> expected = List.of(
                "2 of 2147483655: 010203",
                "data hello",
                "6 of 2147483655: 00010000",
                "4 of 1: 116e3f20696e3f",
                "5 of 2: 03",
                "1 of 2147483655: ");
        for (int piece = 1; piece <= sent.length; piece++) {
            Heard heard = new Heard();
            LinkFrameDecoder decoder = decoder(heard, true);
            for (int at = 0; at < sent.length; at += piece) {
                assertThat(decoder.read(Unpooled.wrappedBuffer(sent, at, Math.min(piece, sent.length - at))))
                        .isTrue();
            }
            decoder.release();
            assertThat(heard.frames).as("pieces of " + piece).isEqualTo(expected);
        }
    }

    @Test
    void a_refusal_says_the_same_on_the_other_end() {
        ByteBuf frame = LinkFrames.refused(ALLOC, 1, new SessionFailure(CloseCause.DIAL_REFUSED, "x".repeat(5_000)));
        SessionFailure heard = LinkFrames.refusalOf(frame.skipBytes(LinkFrames.HEAD));
        frame.release();
        assertThat(heard.closeCause()).isEqualTo(CloseCause.DIAL_REFUSED);
        assertThat(heard).hasMessage("egress: " + "x".repeat(200));
    }

    @Test
    void a_refusal_without_a_word_is_one() {
        assertThat(LinkFrames.refusalOf(Unpooled.buffer()).closeCause()).isEqualTo(CloseCause.INTERNAL);
    }

    @Test
    void what_is_no_frame_ends_the_reading() {
        Heard heard = new Heard();
        LinkFrameDecoder decoder = decoder(heard, false);
        ByteBuf unknown = LinkFrames.bare(ALLOC, LinkFrames.LEAVING + 1, 0);
        assertThat(decoder.read(unknown)).isFalse();
        unknown.release();
        decoder.release();
        assertThat(decoder(heard, true).read(Unpooled.copyLong(LinkFrames.PREFACE + 1)))
                .as("another version")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void nothing_is_too_odd_to_be_read(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            byte[] noise = new byte[1 + random.nextInt(200)];
            random.nextBytes(noise);
            if (random.nextBoolean()) {
                // A head that is one, so that there is more to be read than refused.
                noise[0] = 0;
                noise[Math.min(1, noise.length - 1)] = 0;
                noise[Math.min(3, noise.length - 1)] = (byte) random.nextInt(LinkFrames.LEAVING + 1);
            }
            LinkFrameDecoder decoder = decoder(new Heard(), false);
            ByteBuf in = Unpooled.wrappedBuffer(noise);
            boolean goesOn = decoder.read(in);
            assertThat(goesOn && in.isReadable())
                    .as("all of it is read, or it ends")
                    .isFalse();
            decoder.release();
        }
    }
}
