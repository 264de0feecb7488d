package io.culvert.wire.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameBudgetTest {
    private static final int DATA = 0;
    private static final int PING = 6;
    private static final int WINDOW_UPDATE = 8;

    private long now;
    private final FrameBudget budget = new FrameBudget(0, () -> now);

    private static ByteBuf frame(int type, int length) {
        return Unpooled.buffer()
                .writeMedium(length)
                .writeByte(type)
                .writeByte(0)
                .writeInt(0)
                .writeZero(length);
    }

    private boolean flood(ByteBuf frame, int times) {
        for (int i = 0; i < times; i++) {
            if (!budget.received(frame)) {
                return false;
            }
        }
        return true;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, PING, WINDOW_UPDATE, 9, 200})
    void frames_without_payload_run_out_of_tokens(int type) {
        assertThat(flood(frame(type, 8), FrameBudget.BURST)).isTrue();
        assertThat(flood(frame(type, 8), 1)).isFalse();
    }

    @Test
    void data_is_free_unless_there_is_next_to_none_in_it() {
        assertThat(flood(frame(DATA, FrameBudget.SMALL_DATA), 3 * FrameBudget.BURST))
                .isTrue();
        assertThat(flood(frame(DATA, 1), FrameBudget.BURST + 1)).isFalse();
    }

    @Test
    void tokens_come_with_time() {
        flood(frame(PING, 8), FrameBudget.BURST);
        now += 1_000_000_000L;
        assertThat(flood(frame(PING, 8), FrameBudget.PER_SECOND)).isTrue();
        assertThat(flood(frame(PING, 8), 1)).isFalse();
        now += 3_600_000_000_000L;
        assertThat(flood(frame(PING, 8), FrameBudget.BURST + 1))
                .as("a burst at the most")
                .isFalse();
    }

    @Test
    void tokens_come_with_what_is_sent() {
        flood(frame(WINDOW_UPDATE, 4), FrameBudget.BURST);
        budget.sent(FrameBudget.BYTES_PER_TOKEN - 1);
        assertThat(flood(frame(WINDOW_UPDATE, 4), 1)).isFalse();
    }

    @Test
    void a_window_update_for_each_four_kibibytes_sent_never_runs_out() {
        for (int i = 0; i < 3 * FrameBudget.BURST; i++) {
            budget.sent(4_096);
            assertThat(budget.received(frame(WINDOW_UPDATE, 4))).isTrue();
        }
    }

    /** What a server in Go returns, whose program reads into buffers of two kibibytes: no upload, however fast, is a flood. */
    @Test
    void two_window_updates_for_each_buffer_of_v2ray_never_run_out() {
        for (int i = 0; i < 3 * FrameBudget.BURST; i++) {
            budget.sent(2_048);
            assertThat(flood(frame(WINDOW_UPDATE, 4), 2)).isTrue();
        }
    }

    @Test
    void frames_are_found_behind_the_preface_however_they_are_cut() {
        FrameBudget server = new FrameBudget(FrameBudget.PREFACE_LENGTH, () -> 0);
        ByteBuf stream = Unpooled.buffer().writeZero(FrameBudget.PREFACE_LENGTH);
        for (int i = 0; i < FrameBudget.BURST; i++) {
            stream.writeBytes(frame(PING, 8)).writeBytes(frame(DATA, 40));
        }
        while (stream.isReadable()) {
            assertThat(server.received(stream.readSlice(1))).isTrue();
        }
        assertThat(server.received(frame(PING, 8))).isFalse();
    }

    @Test
    void takes_nothing_out_of_the_buffer() {
        ByteBuf in = frame(PING, 8);
        budget.received(in);
        assertThat(in.readerIndex()).isZero();
    }
}
