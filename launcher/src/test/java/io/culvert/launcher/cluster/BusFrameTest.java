package io.culvert.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames of which bytes were changed: each is judged by what is in it, whatever that is, and nothing is taken out. */
class BusFrameTest {
    private static final int CHANGED_FRAMES = 20_000;
    private static final int CHANGES = 4;
    private static final int AROUND = 64;
    private static final int TEXT = 9;
    private static final int FAILURE = 15;
    private static final int NAMED = 255;

    private static ByteBuf text(ByteBuf out, String text) {
        return out.writeInt(text.length()).writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] frame(int codec) {
        ByteBuf out = Unpooled.buffer().writeByte(2).writeByte(codec);
        if (codec == NAMED) {
            text(out, "culvert.question");
        }
        out.writeByte(1);
        text(text(text(out, "address"), "reply"), "sender");
        // One header: its own length, a count, a name and a value.
        out.writeInt(4 + 4 + 5 + 6).writeInt(1);
        text(text(out, "n"), "vv");
        switch (codec) {
            case TEXT -> text(out, "hi");
            case FAILURE -> text(out.writeZero(5).writeByte(0), "why");
            default -> out.writeBytes(new byte[] {1, 2, 3});
        }
        return ByteBufUtil.getBytes(out);
    }

    private static @Nullable String fault(byte[] frame) {
        ByteBuf alone = Unpooled.wrappedBuffer(frame);
        String fault = BusFrame.fault(alone);
        assertThat(alone.readableBytes()).isEqualTo(frame.length);
        // What lies around it in the same memory is not looked at.
        ByteBuf among = Unpooled.buffer().writeZero(AROUND).writeBytes(frame).writeZero(AROUND);
        assertThat(BusFrame.fault(among.slice(AROUND, frame.length))).isEqualTo(fault);
        return fault;
    }

    @ParameterizedTest
    @ValueSource(ints = {TEXT, FAILURE, NAMED})
    void whatever_is_in_a_frame_it_is_judged(int codec) {
        byte[] good = frame(codec);
        assertThat(fault(good)).isNull();
        Random random = new Random(codec);
        int refused = 0;
        for (int i = 0; i < CHANGED_FRAMES; i++) {
            byte[] changed = Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
            for (int at = 0; at < CHANGES && changed.length > 0; at++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            refused += fault(changed) == null ? 0 : 1;
        }
        assertThat(refused).as("of " + CHANGED_FRAMES).isBetween(CHANGED_FRAMES / 4, CHANGED_FRAMES - 1);
    }
}
