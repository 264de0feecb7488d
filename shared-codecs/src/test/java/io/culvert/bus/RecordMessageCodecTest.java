package io.culvert.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.model.SessionDescriptor;
import io.culvert.model.UserRef;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import org.junit.jupiter.api.Test;

class RecordMessageCodecTest {
    private static final int POSITION = 7;

    private final MessageCodec<RouteQuestion, RouteQuestion> codec = ControlCodecs.QUESTION;

    @Test
    void handsTheSameInstanceOverWithinANode() {
        assertThat(codec.transform(Samples.QUESTION)).isSameAs(Samples.QUESTION);
    }

    @Test
    void carriesAMessageBehindOtherBytes() {
        Buffer frame = Buffer.buffer(new byte[POSITION]);
        codec.encodeToWire(frame, Samples.QUESTION);
        assertThat(codec.decodeFromWire(POSITION, frame)).isEqualTo(Samples.QUESTION);
    }

    @Test
    void refusesToWriteWhatIsTooLong() {
        SessionDescriptor it = Samples.DESCRIPTOR;
        SessionDescriptor tooLong = new SessionDescriptor(
                it.id(),
                it.ingressNode(),
                it.inboundTag(),
                it.source(),
                it.target(),
                it.origin(),
                new UserRef("e".repeat(RecordFormat.MAX_BYTES), 0),
                it.protocol());
        Buffer frame = Buffer.buffer();
        assertThatThrownBy(() -> codec.encodeToWire(frame, RouteQuestion.first(tooLong)))
                .isInstanceOf(BusFormatException.class);
        assertThat(frame.length()).isZero();
    }

    @Test
    void refusesAFrameThatIsCutAnywhere() {
        Buffer frame = Buffer.buffer();
        codec.encodeToWire(frame, Samples.QUESTION);
        for (int length = 0; length < frame.length(); length++) {
            Buffer cut = frame.getBuffer(0, length);
            assertThatThrownBy(() -> codec.decodeFromWire(0, cut)).isInstanceOf(BusFormatException.class);
        }
    }

    @Test
    void refusesALengthAboveTheLimit() {
        Buffer frame = Buffer.buffer()
                .appendUnsignedShort(RecordFormat.MAX_BYTES + 1)
                .appendBytes(new byte[RecordFormat.MAX_BYTES + 1]);
        assertThatThrownBy(() -> codec.decodeFromWire(0, frame)).isInstanceOf(BusFormatException.class);
    }

    @Test
    void failsWithoutAStackTrace() {
        assertThatThrownBy(() -> codec.decodeFromWire(0, Buffer.buffer()))
                .isInstanceOfSatisfying(
                        BusFormatException.class,
                        e -> assertThat(e.getStackTrace()).isEmpty());
    }
}
