package io.culvert.wire.grpc;

import io.netty.buffer.ByteBuf;

/** Writes what stands in front of payload to make it a gRPC message with one field {@code bytes data = 1}. */
public final class TunnelEncoder {
    /** The most bytes that {@link #head} writes. */
    public static final int MAX_HEAD = 1 + Integer.BYTES + 1 + 5;

    private static final int DATA_TAG = (1 << 3) | 2;

    private TunnelEncoder() {}

    /**
     * Writes the head of a message; the payload goes behind it as it is.
     *
     * @param payload its length, 1 to {@link TunnelDecoder#MAX_MESSAGE} less {@link #MAX_HEAD}
     */
    public static void head(int payload, ByteBuf out) {
        int digits = 1;
        for (int rest = payload >>> 7; rest != 0; rest >>>= 7) {
            digits++;
        }
        out.writeByte(0).writeInt(1 + digits + payload).writeByte(DATA_TAG);
        int rest = payload;
        while (rest > 0x7f) {
            out.writeByte((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }
}
