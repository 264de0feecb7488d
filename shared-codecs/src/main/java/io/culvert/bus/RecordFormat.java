package io.culvert.bus;

import io.culvert.wire.Decoded;

/**
 * The bytes of one kind of control message: a version byte, then its fields in a fixed order, big-endian, texts in UTF-8
 * behind a length of two bytes.
 *
 * <p>A later version may only append fields. So a reader takes from a newer message the fields that it knows, does without those
 * that an older one lacks, and nodes of neighbouring versions understand each other during a rolling upgrade (reliability
 * section 3, design rule 6).
 *
 * @param <T> the immutable value
 */
public abstract class RecordFormat<T> {
    /** The longest descriptor or decision, in bytes; ordinary ones have a few hundred. */
    public static final int MAX_BYTES = 4 * 1024;

    /** The longest announcement, in bytes: it names every outbound, and there are configurations with hundreds of them. */
    public static final int MAX_ANNOUNCEMENT_BYTES = 60 * 1024;

    /** The version of a message to which nothing has been appended. */
    static final int FIRST_VERSION = 1;

    private final int maxBytes;
    private final int version;

    /** @param maxBytes the longest message; at most 65,535 bytes where it travels by a {@link RecordMessageCodec} */
    RecordFormat(int maxBytes) {
        this(maxBytes, FIRST_VERSION);
    }

    /**
     * @param maxBytes the longest message; at most 65,535 bytes where it travels by a {@link RecordMessageCodec}
     * @param version the one that this build writes: one more for each time that fields were appended
     */
    RecordFormat(int maxBytes, int version) {
        this.maxBytes = maxBytes;
        this.version = version;
    }

    /** The version that this build writes. */
    final int version() {
        return version;
    }

    /** The longest message of this kind, in bytes. */
    public final int maxBytes() {
        return maxBytes;
    }

    /**
     * Writes a message.
     *
     * @return 1 to {@link #maxBytes} bytes
     * @throws BusFormatException where the value takes more
     */
    public final byte[] encode(T value) {
        FieldWriter out = new FieldWriter(maxBytes);
        out.u8(version);
        write(out, value);
        return out.toBytes();
    }

    /** Whether a value can be written. */
    public final boolean fits(T value) {
        try {
            encode(value);
            return true;
        } catch (BusFormatException _) {
            return false;
        }
    }

    /**
     * Reads a message that has arrived whole.
     *
     * @return the value, or malformed; never that more is needed
     */
    public final Decoded<T> decode(byte[] bytes) {
        if (bytes.length > maxBytes) {
            return Decoded.malformed("message of more than " + maxBytes + " bytes");
        }
        FieldReader in = new FieldReader(bytes);
        try {
            int written = in.version();
            if (written == 0) {
                return Decoded.malformed("message of version 0");
            }
            T value = read(in);
            if (written <= version && in.remaining() > 0) {
                return Decoded.malformed("bytes behind the last field");
            }
            return Decoded.complete(value);
        } catch (FieldReader.BadFieldException e) {
            return Decoded.malformed(e.reason());
        }
    }

    abstract void write(FieldWriter out, T value);

    abstract T read(FieldReader in) throws FieldReader.BadFieldException;
}
