package io.culvert.wire.ws;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** What goes on the wire around a payload (RFC 6455 section 5.2). */
public final class WsFrames {
    /**
     * The longest payload that is sent in one frame, in bytes: implementations that aggregate mostly stop here. Frames that
     * are read may be of any length.
     */
    public static final int MAX_PAYLOAD = 64 * 1024;
    /** The longest header of a frame, in bytes. */
    public static final int MAX_HEADER = 14;
    /** The longest payload of a control frame, in bytes. */
    public static final int MAX_CONTROL_PAYLOAD = 125;

    public static final int NORMAL_CLOSURE = 1000;
    public static final int PROTOCOL_ERROR = 1002;

    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    static final int FIN = 0x80;
    static final int RSV = 0x70;
    static final int OPCODE = 0x0F;
    static final int CONTROL = 0x08;
    static final int MASKED = 0x80;
    static final int LENGTH = 0x7F;
    static final int LENGTH_16 = 126;
    static final int LENGTH_64 = 127;

    private WsFrames() {}

    /** Writes the header of an unmasked binary frame, whose payload follows. */
    public static void writeBinary(ByteBuf out, int length) {
        writeHeader(out, BINARY, length, 0);
    }

    /** Writes the header of a masked binary frame, whose payload follows after {@link #mask}. */
    public static void writeMaskedBinary(ByteBuf out, int length, int mask) {
        writeHeader(out, BINARY, length, MASKED);
        out.writeInt(mask);
    }

    /** Writes an unmasked ping without a payload. */
    public static void writePing(ByteBuf out) {
        writeHeader(out, PING, 0, 0);
    }

    /** Writes a masked ping without a payload. */
    public static void writeMaskedPing(ByteBuf out, int mask) {
        writeHeader(out, PING, 0, MASKED);
        out.writeInt(mask);
    }

    /** Writes an unmasked pong. */
    public static void writePong(ByteBuf out, byte[] payload, int length) {
        writeHeader(out, PONG, length, 0);
        out.writeBytes(payload, 0, length);
    }

    /** Writes a masked pong. */
    public static void writeMaskedPong(ByteBuf out, byte[] payload, int length, int mask) {
        writeHeader(out, PONG, length, MASKED);
        writeMasked(out, payload, length, mask);
    }

    /** Writes an unmasked close frame with a status and no reason. */
    public static void writeClose(ByteBuf out, int status) {
        writeHeader(out, CLOSE, 2, 0);
        out.writeShort(status);
    }

    /** Writes a masked close frame with a status and no reason. */
    public static void writeMaskedClose(ByteBuf out, int status, int mask) {
        writeHeader(out, CLOSE, 2, MASKED);
        writeMasked(out, new byte[] {(byte) (status >>> 8), (byte) status}, 2, mask);
    }

    private static void writeHeader(ByteBuf out, int opcode, int length, int masked) {
        out.writeByte(FIN | opcode);
        if (length < LENGTH_16) {
            out.writeByte(masked | length);
        } else if (length <= 0xFFFF) {
            out.writeByte(masked | LENGTH_16);
            out.writeShort(length);
        } else {
            out.writeByte(masked | LENGTH_64);
            out.writeLong(length);
        }
    }

    private static void writeMasked(ByteBuf out, byte[] payload, int length, int mask) {
        out.writeInt(mask);
        for (int i = 0; i < length; i++) {
            out.writeByte(payload[i] ^ (mask >>> (24 - 8 * (i & 3))));
        }
    }

    /**
     * Masks the readable bytes where they lie.
     *
     * @param payload writable, in one piece ({@code nioBufferCount() == 1})
     */
    public static void mask(ByteBuf payload, int mask) {
        int length = payload.readableBytes();
        ByteBuffer bytes = payload.internalNioBuffer(payload.readerIndex(), length);
        int at = bytes.position();
        maskAndMove(bytes, at, at, length, mask);
    }

    /**
     * Masks or unmasks bytes and moves them to the front, in one pass: eight at a time, since this touches every byte of a
     * session.
     *
     * @param to at most {@code from}; the areas may overlap
     * @param mask its highest byte is for the first byte
     */
    static void maskAndMove(ByteBuffer bytes, int from, int to, int length, int mask) {
        long wide = ((long) mask << 32) | (mask & 0xFFFF_FFFFL);
        int i = 0;
        for (; i <= length - 32; i += 32) {
            long a = bytes.getLong(from + i) ^ wide;
            long b = bytes.getLong(from + i + 8) ^ wide;
            long c = bytes.getLong(from + i + 16) ^ wide;
            long d = bytes.getLong(from + i + 24) ^ wide;
            bytes.putLong(to + i, a);
            bytes.putLong(to + i + 8, b);
            bytes.putLong(to + i + 16, c);
            bytes.putLong(to + i + 24, d);
        }
        for (; i <= length - 8; i += 8) {
            bytes.putLong(to + i, bytes.getLong(from + i) ^ wide);
        }
        for (; i < length; i++) {
            bytes.put(to + i, (byte) (bytes.get(from + i) ^ (mask >>> (24 - 8 * (i & 3)))));
        }
    }
}
