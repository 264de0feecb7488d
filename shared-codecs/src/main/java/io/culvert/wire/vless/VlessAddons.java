package io.culvert.wire.vless;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The options of a VLESS header: a protobuf message with field 1 (string) Flow and field 2 (bytes) Seed, behind one byte
 * of length (wire-formats section 4.1). Immutable.
 */
public final class VlessAddons {
    /** No options, which is what 4.34 always sends. */
    public static final VlessAddons NONE = new VlessAddons("", new byte[0]);

    /** The longest message, because its length is one byte. */
    public static final int MAX_LENGTH = 255;

    private static final int FIELD_FLOW = 1;
    private static final int FIELD_SEED = 2;
    private static final int WIRE_VARINT = 0;
    private static final int WIRE_64_BIT = 1;
    private static final int WIRE_BYTES = 2;
    private static final int WIRE_32_BIT = 5;
    /** The most bytes that a 64-bit varint takes. */
    private static final int MAX_VARINT_LENGTH = 10;

    private static final int TAG_FLOW = (FIELD_FLOW << 3) | WIRE_BYTES;
    private static final int TAG_SEED = (FIELD_SEED << 3) | WIRE_BYTES;

    private final String flow;
    private final byte[] seed;

    private VlessAddons(String flow, byte[] seed) {
        this.flow = flow;
        this.seed = seed;
    }

    /**
     * Options to send.
     *
     * @param flow the flow word, empty for none
     * @param seed the seed, empty for none
     * @throws IllegalArgumentException where the message would be longer than {@link #MAX_LENGTH}
     */
    public static VlessAddons of(String flow, byte[] seed) {
        VlessAddons addons = new VlessAddons(flow, seed.clone());
        if (addons.messageLength() > MAX_LENGTH) {
            throw new IllegalArgumentException("VLESS addons of more than " + MAX_LENGTH + " bytes");
        }
        return addons;
    }

    /** The flow word, empty for none. */
    public String flow() {
        return flow;
    }

    /** A copy of the seed, empty for none. */
    public byte[] seed() {
        return seed.clone();
    }

    /** Writes length and message. */
    void write(ByteBuf out) {
        out.writeByte(messageLength());
        if (!flow.isEmpty()) {
            out.writeByte(TAG_FLOW);
            writeVarint(out, ByteBufUtil.utf8Bytes(flow));
            ByteBufUtil.writeUtf8(out, flow);
        }
        if (seed.length > 0) {
            out.writeByte(TAG_SEED);
            writeVarint(out, seed.length);
            out.writeBytes(seed);
        }
    }

    private int messageLength() {
        int flowLength = ByteBufUtil.utf8Bytes(flow);
        int length = flowLength == 0 ? 0 : 1 + varintLength(flowLength) + flowLength;
        return seed.length == 0 ? length : length + 1 + varintLength(seed.length) + seed.length;
    }

    private static int varintLength(int value) {
        return value < 0x80 ? 1 : value < 0x4000 ? 2 : 5;
    }

    private static void writeVarint(ByteBuf out, int value) {
        int rest = value;
        while (rest >= 0x80) {
            out.writeByte((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    /**
     * Reads a whole message. Unknown fields are skipped; the last of several equal fields counts.
     *
     * @param in moved to {@code end}, unless the message cannot be decoded
     * @return the options, or null where the bytes are no protobuf message
     */
    static @Nullable VlessAddons read(ByteBuf in, int end) {
        if (in.readerIndex() == end) {
            return NONE;
        }
        String flow = "";
        byte[] seed = NONE.seed;
        while (in.readerIndex() < end) {
            long tag = readVarint(in, end);
            if (tag < 0 || tag >>> 3 == 0 || tag > 0xFFFF_FFFFL) {
                return null;
            }
            int skip;
            switch ((int) tag & 7) {
                case WIRE_VARINT -> {
                    if (!skipVarint(in, end)) {
                        return null;
                    }
                    continue;
                }
                case WIRE_64_BIT -> skip = 8;
                case WIRE_32_BIT -> skip = 4;
                case WIRE_BYTES -> {
                    long length = readVarint(in, end);
                    if (length < 0 || length > end - in.readerIndex()) {
                        return null;
                    }
                    skip = (int) length;
                }
                default -> {
                    return null;
                }
            }
            if (skip > end - in.readerIndex()) {
                return null;
            }
            if (tag == TAG_FLOW) {
                String text = utf8(in, skip);
                if (text == null) {
                    return null;
                }
                flow = text;
            } else if (tag == TAG_SEED) {
                seed = ByteBufUtil.getBytes(in, in.readerIndex(), skip);
            }
            in.skipBytes(skip);
        }
        return new VlessAddons(flow, seed);
    }

    /** A varint of up to 63 bits, or -1 where it is cut short, overlong or larger: no tag and no length is. */
    private static long readVarint(ByteBuf in, int end) {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_LENGTH - 1 && in.readerIndex() < end; i++) {
            byte b = in.readByte();
            value |= (long) (b & 0x7F) << (7 * i);
            if (b >= 0) {
                return value;
            }
        }
        return -1;
    }

    private static boolean skipVarint(ByteBuf in, int end) {
        for (int i = 0; i < MAX_VARINT_LENGTH && in.readerIndex() < end; i++) {
            if (in.readByte() >= 0) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable String utf8(ByteBuf in, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(ByteBufUtil.getBytes(in, in.readerIndex(), length));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof VlessAddons that && flow.equals(that.flow) && Arrays.equals(seed, that.seed);
    }

    @Override
    public int hashCode() {
        return 31 * flow.hashCode() + Arrays.hashCode(seed);
    }

    @Override
    public String toString() {
        return "VlessAddons[flow=" + flow + ", seed=" + seed.length + " bytes]";
    }
}
