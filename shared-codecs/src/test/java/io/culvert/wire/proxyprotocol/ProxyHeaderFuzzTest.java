package io.culvert.wire.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Whatever arrives, however it is cut: nothing is taken before the header is whole, and what has been said stays so. */
class ProxyHeaderFuzzTest {

    @FuzzTest
    void headers(byte[] data) {
        Decoded<ProxyHeader> said = Decoded.needMore();
        int taken = 0;
        for (int length = 0; length <= data.length; length++) {
            ByteBuf in = Unpooled.wrappedBuffer(data, 0, length);
            Decoded<ProxyHeader> now = ProxyHeader.read(in);
            if (!(now instanceof Decoded.Complete)) {
                assertThat(in.readerIndex()).as("taken of " + length).isZero();
            }
            if (said instanceof Decoded.NeedMore) {
                said = now;
                taken = in.readerIndex();
            } else {
                assertThat(now.getClass()).as("with " + length).isEqualTo(said.getClass());
                assertThat(in.readerIndex()).isEqualTo(taken);
            }
            if (said instanceof Decoded.Complete) {
                assertThat(now).isEqualTo(said);
            }
        }
        assertThat(taken).isLessThanOrEqualTo(ProxyHeaderV2.MOST_BYTES);
    }
}
