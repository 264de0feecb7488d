package io.culvert.wire.kcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.testkit.LeakExtension;
import io.culvert.wire.packet.Disguise;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever arrives: no fault, no answer larger than what came before the peer is known, an end in time. */
@ExtendWith(LeakExtension.class)
class KcpFuzzTest {
    private static final int CONVERSATION = 7;

    @FuzzTest
    void packets(byte[] data) {
        for (Disguise disguise : Disguise.values()) {
            for (String seed : new String[] {null, "seed"}) {
                KcpPackets packets = new KcpPackets(disguise, seed, new Random(1));
                assertThat(packets.open(Unpooled.wrappedBuffer(data))).isBetween(-1, KcpPackets.MOST_BYTES);
            }
        }
    }

    @FuzzTest
    void segments(byte[] data) {
        feed(data, false);
        feed(data, true);
    }

    /** Damaged segments of a real session go further than what a fuzzer makes of nothing. */
    @Test
    void damagedSegments() {
        Random random = new Random(5);
        for (int round = 0; round < 2_000; round++) {
            byte[] data = new byte[16 + random.nextInt(64)];
            for (int at = 0; at + 20 < data.length; at += 16 + random.nextInt(8)) {
                Bytes.putShort(data, at, CONVERSATION);
                data[at + 2] = (byte) random.nextInt(5);
                data[at + 3] = (byte) (random.nextInt(8) == 0 ? 1 : 0);
                Bytes.putInt(data, at + 4, random.nextInt(80) - 40);
                Bytes.putInt(data, at + 8, random.nextInt(80) - 40);
                Bytes.putInt(data, at + 12, random.nextInt(80) - 40);
            }
            feed(data, (round & 1) == 0);
        }
    }

    private static void feed(byte[] data, boolean confirmed) {
        KcpSession session = new KcpSession(
                KcpSessionTest.DEFAULTS, CONVERSATION, confirmed, 1_000, UnpooledByteBufAllocator.DEFAULT, 0);
        byte[] out = new byte[KcpPackets.MOST_BYTES];
        long now = 0;
        int sent = 0;
        session.write(Unpooled.wrappedBuffer(new byte[5_000]), now);
        for (int at = 0; at < data.length; at += 40) {
            byte[] part = Arrays.copyOfRange(data, at, Math.min(data.length, at + 40));
            session.receive(part, part.length, part.length, now);
            sent += poll(session, out, now);
            if (!session.isConfirmed()) {
                assertThat(sent).isLessThanOrEqualTo(data.length);
            }
            now += 100;
        }
        session.close(now);
        for (int turns = 0; !session.isTerminated(); turns++) {
            assertThat(turns).as("turns until the end").isLessThan(10_000);
            poll(session, out, now);
            now = Math.max(now + 1, Math.min(session.deadline(now), now + 1_000));
        }
        session.release();
    }

    private static int poll(KcpSession session, byte[] out, long now) {
        for (ByteBuf bytes = session.read(now); bytes != null; bytes = session.read(now)) {
            bytes.release();
        }
        int sent = 0;
        int packets = 0;
        for (int length = session.poll(out, 0, now); length > 0; length = session.poll(out, 0, now)) {
            sent += length;
            assertThat(++packets).as("packets in a turn").isLessThan(1_000);
        }
        return sent;
    }
}
