package io.culvert.wire.h2;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Whatever arrives, however it is cut: the same tokens are gone, and nothing has been taken out. */
class FrameBudgetFuzzTest {
    private static final int FEW = 3;

    @FuzzTest
    void frames(byte[] data) {
        ByteBuf in = Unpooled.wrappedBuffer(data);
        boolean whole = budget().received(in);
        assertThat(in.readableBytes()).isEqualTo(data.length);
        FrameBudget cut = budget();
        boolean all = true;
        for (int i = 0; i < data.length && all; i++) {
            all = cut.received(Unpooled.wrappedBuffer(data, i, 1));
        }
        assertThat(all).isEqualTo(whole);
    }

    private static FrameBudget budget() {
        return new FrameBudget(0, FEW, FEW, () -> 0);
    }
}
