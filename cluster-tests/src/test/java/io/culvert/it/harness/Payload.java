package io.culvert.it.harness;

/**
 * Bytes that depend on a seed and on their position in the stream, so that a lost, doubled, moved or foreign byte shows at
 * whichever end looks.
 *
 * @param seed tells streams apart
 */
public record Payload(long seed) {

    /** What the echo servers xor every byte with, as the scenarios of the reference implementation do. */
    public static final byte XOR = 'c';

    /** Writes the bytes from {@code position} on into {@code target[offset, offset + length)}. */
    public void fill(long position, byte[] target, int offset, int length) {
        int at = offset;
        int end = offset + length;
        long stream = position;
        while (at < end) {
            long word = word(stream >>> 3);
            int first = (int) (stream & 7);
            int take = Math.min(8 - first, end - at);
            word >>>= first * 8;
            for (int i = 0; i < take; i++) {
                target[at++] = (byte) word;
                word >>>= 8;
            }
            stream += take;
        }
    }

    /** {@code length} bytes from {@code position} on. */
    public byte[] bytes(long position, int length) {
        byte[] bytes = new byte[length];
        fill(position, bytes, 0, length);
        return bytes;
    }

    /**
     * Fails unless {@code actual[0, length)} are the bytes from {@code position} on, each xored with {@code mask}.
     *
     * @param expected room of at least {@code length} bytes
     */
    public void check(long position, byte[] actual, int length, byte mask, byte[] expected) {
        fill(position, expected, 0, length);
        xor(expected, length, mask);
        int wrong = java.util.Arrays.mismatch(actual, 0, length, expected, 0, length);
        if (wrong >= 0) {
            throw new AssertionError("byte " + (position + wrong) + " of the stream is wrong");
        }
    }

    /** Xors {@code bytes[0, length)} with a mask, in place. */
    public static void xor(byte[] bytes, int length, byte mask) {
        for (int i = 0; i < length; i++) {
            bytes[i] ^= mask;
        }
    }

    private long word(long index) {
        long mixed = seed + index * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
