package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class ReadGateTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @Test
    void aChannelReadsOnceNobodyHoldsIt() {
        ReadGate gate = ReadGate.of(channel);
        gate.hold(ReadGate.BACK_PRESSURE);
        gate.hold(ReadGate.GATHERING);
        gate.hold(ReadGate.OPENING);
        assertThat(channel.config().isAutoRead()).isFalse();
        gate.release(ReadGate.GATHERING);
        gate.release(ReadGate.OPENING);
        assertThat(channel.config().isAutoRead()).isFalse();
        assertThat(gate.isHeld(ReadGate.BACK_PRESSURE)).isTrue();
        assertThat(gate.isHeld(ReadGate.GATHERING)).isFalse();
        gate.release(ReadGate.BACK_PRESSURE);
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void aReasonCountsOnce() {
        ReadGate gate = ReadGate.of(channel);
        gate.hold(ReadGate.BACK_PRESSURE);
        gate.hold(ReadGate.BACK_PRESSURE);
        gate.release(ReadGate.BACK_PRESSURE);
        assertThat(channel.config().isAutoRead()).isTrue();
    }

    @Test
    void releasingWhatIsNotHeldDoesNothing() {
        channel.config().setAutoRead(false);
        ReadGate gate = ReadGate.of(channel);
        gate.release(ReadGate.GATHERING);
        gate.release(ReadGate.BACK_PRESSURE);
        assertThat(channel.config().isAutoRead()).isFalse();
    }

    @Test
    void aChannelThatWasOffWhenFirstSeenIsBeingOpened() {
        channel.config().setAutoRead(false);
        ReadGate gate = ReadGate.of(channel);
        assertThat(gate.isHeld(ReadGate.OPENING)).isTrue();
        assertThat(ReadGate.of(channel)).isSameAs(gate);
        gate.release(ReadGate.OPENING);
        assertThat(channel.config().isAutoRead()).isTrue();
    }
}
