package io.culvert.wire.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Whatever arrives, however it is cut: the same payload and the same end. */
class TunnelFuzzTest {
    private static final class Reading {
        private final TunnelDecoder decoder = new TunnelDecoder();
        private final ByteBuf payload = Unpooled.buffer();

        void feed(byte[] data, int from, int length) {
            ByteBuf in = Unpooled.wrappedBuffer(data, from, length);
            for (ByteBuf piece = decoder.next(in); piece != null; piece = decoder.next(in)) {
                payload.writeBytes(piece);
                piece.release();
            }
            assertThat(in.isReadable() && !decoder.malformed()).as("left over").isFalse();
        }
    }

    @FuzzTest
    void messages(byte[] data) {
        Reading whole = new Reading();
        whole.feed(data, 0, data.length);
        Reading cut = new Reading();
        for (int i = 0; i < data.length; i++) {
            cut.feed(data, i, 1);
        }
        assertThat(cut.payload).isEqualTo(whole.payload);
        assertThat(cut.decoder.malformed()).isEqualTo(whole.decoder.malformed());
        assertThat(cut.decoder.atBoundary()).isEqualTo(whole.decoder.atBoundary());
        assertThat(whole.payload.readableBytes()).isLessThanOrEqualTo(data.length);
    }
}
