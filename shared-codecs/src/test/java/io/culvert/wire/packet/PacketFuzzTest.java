package io.culvert.wire.packet;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.random.RandomGenerator;

/** Whatever a datagram holds: it is opened or ignored, and nothing outside of it is touched. */
class PacketFuzzTest {
    private static final int AROUND = 16;
    private static final RandomGenerator RANDOM = RandomGenerator.of("L64X128MixRandom");

    @FuzzTest
    void opening(byte[] data) {
        expectInside(PacketSeal.quicAes128Gcm("key", RANDOM), data);
        expectInside(PacketSeal.quicChacha20Poly1305("key", RANDOM), data);
    }

    @FuzzTest
    void sealing(byte[] data) {
        int length = Math.min(data.length, PacketSeal.MAX_SEALED - PacketSeal.OVERHEAD);
        PacketSeal seal = PacketSeal.quicChacha20Poly1305("key", RANDOM);
        ByteBuf sealed = Unpooled.buffer();
        seal.seal(Unpooled.wrappedBuffer(data), length, sealed);
        assertThat(sealed.readableBytes()).isEqualTo(length + PacketSeal.OVERHEAD);
        assertThat(seal.open(sealed)).isTrue();
        assertThat(sealed).isEqualTo(Unpooled.wrappedBuffer(data, 0, length));
    }

    private static void expectInside(PacketSeal seal, byte[] data) {
        ByteBuf shared = Unpooled.buffer();
        shared.writeZero(AROUND).writeBytes(data).writeZero(AROUND);
        boolean opened = seal.open(shared.slice(AROUND, data.length));
        assertThat(opened).as("sealed under nobody's key").isFalse();
        for (int i = 0; i < AROUND; i++) {
            assertThat(shared.getByte(i)).isZero();
            assertThat(shared.getByte(AROUND + data.length + i)).isZero();
        }
    }
}
