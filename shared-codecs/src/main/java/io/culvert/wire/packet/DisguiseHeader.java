package io.culvert.wire.packet;

import io.netty.buffer.ByteBuf;
import java.util.random.RandomGenerator;

/**
 * Makes the disguise headers of one socket, in the order of its packets (wire-formats section 16.3). A receiver skips them by
 * {@link Disguise#size} without looking. Not for several threads.
 */
public final class DisguiseHeader {
    /** The pretended length of a DTLS record grows by a step and falls back above a limit. */
    private static final int DTLS_LENGTH_STEP = 17;

    private static final int DTLS_LENGTH_LIMIT = 100;
    private static final int DTLS_LENGTH_FALL = 50;

    private final Disguise disguise;
    /** The constant of a header that has one, or the counter of one that counts. */
    private int value;

    private int dtlsSequence;
    private int dtlsLength = DTLS_LENGTH_STEP;

    /** Headers that start where the random source says. */
    public DisguiseHeader(Disguise disguise, RandomGenerator random) {
        this(disguise, random.nextInt(1 << Character.SIZE));
    }

    /** @param start the constant, or what the counter stands at before the first header; 16 bits */
    DisguiseHeader(Disguise disguise, int start) {
        this.disguise = disguise;
        this.value = start;
    }

    /** The bytes of each header. */
    public int size() {
        return disguise.size();
    }

    /** Writes the next packet's header. */
    public void write(ByteBuf out) {
        switch (disguise) {
            case NONE -> {}
            case SRTP -> out.writeShort(0xB5E8).writeShort(++value);
            case UTP -> out.writeShort(value).writeShort(0x0100);
            case WECHAT_VIDEO ->
                out.writeShort(0xA108).writeInt(++value).writeInt(0x00101118).writeMedium(0x302230);
            case DTLS -> writeDtls(out);
            case WIREGUARD -> out.writeInt(0x04000000);
        }
    }

    private void writeDtls(ByteBuf out) {
        out.writeMedium(0x17FEFD)
                .writeShort(value)
                .writeShort(0)
                .writeInt(dtlsSequence++)
                .writeShort(dtlsLength);
        dtlsLength += DTLS_LENGTH_STEP;
        if (dtlsLength > DTLS_LENGTH_LIMIT) {
            dtlsLength -= DTLS_LENGTH_FALL;
        }
    }
}
