package io.culvert.wire.vless;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams in a VLESS stream, both directions alike: {@code length(2) | bytes}; length 0 is skipped (wire-formats section
 * 4.2). One frame is one datagram, up to the longest that a length can say.
 */
public final class VlessDatagrams {
    /** The longest datagram that a frame can carry, in bytes. */
    public static final int MAX_LENGTH = 65_535;

    /** The bytes in front of a datagram. */
    public static final int HEADER_LENGTH = 2;

    private VlessDatagrams() {}

    /**
     * Whether a datagram fits a frame. An empty one does not: its frame would be skipped.
     *
     * @param length in bytes
     */
    public static boolean fits(int length) {
        return length > 0 && length <= MAX_LENGTH;
    }

    /**
     * Writes what goes in front of a datagram.
     *
     * @throws IllegalArgumentException where the datagram does not {@linkplain #fits fit}
     */
    public static void writeHeader(ByteBuf out, int length) {
        if (!fits(length)) {
            throw new IllegalArgumentException("datagram of " + length + " bytes (expected: 1 to 65535)");
        }
        out.writeShort(length);
    }

    /**
     * Takes the next datagram. Takes nothing but empty frames where none is whole; the caller then collects more, at most
     * {@link #HEADER_LENGTH} + {@link #MAX_LENGTH} bytes before the next one is.
     *
     * @return a retained slice of the buffer, which the caller releases; or null
     */
    public static @Nullable ByteBuf read(ByteBuf in) {
        while (in.readableBytes() >= HEADER_LENGTH) {
            int length = in.getUnsignedShort(in.readerIndex());
            if (length > 0) {
                return in.readableBytes() < HEADER_LENGTH + length
                        ? null
                        : in.skipBytes(HEADER_LENGTH).readRetainedSlice(length);
            }
            in.skipBytes(HEADER_LENGTH);
        }
        return null;
    }
}
