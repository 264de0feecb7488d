package io.culvert.crypto;

/** FNV-1a, 32 bit (wire-formats section 2.2): a checksum against noise, never against an attacker. */
public final class Fnv1a {
    /** The hash of no bytes, and the value that {@link #update} starts from. */
    public static final int START = 0x811C9DC5;

    private static final int PRIME = 0x01000193;

    private Fnv1a() {}

    /** The hash of a range of bytes. */
    public static int of(byte[] data, int offset, int length) {
        return update(START, data, offset, length);
    }

    /** The hash of what {@code hash} already covers, followed by a range of bytes. */
    public static int update(int hash, byte[] data, int offset, int length) {
        int value = hash;
        for (int i = offset; i < offset + length; i++) {
            value = (value ^ (data[i] & 0xFF)) * PRIME;
        }
        return value;
    }
}
