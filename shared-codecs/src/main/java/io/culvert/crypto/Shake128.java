package io.culvert.crypto;

/**
 * SHAKE128 of FIPS 202 as an endless stream of 16-bit values, big endian (wire-formats section 2.2). Holds two times 25 lanes and no
 * output block: values are taken straight from the state, which is permuted once in 84 values. To be used by one thread.
 */
public final class Shake128 {
    /** The longest input, one byte less than a block. */
    public static final int MAX_INPUT_LENGTH = 167;

    private static final int RATE_LANES = 21;
    private static final int VALUES_PER_BLOCK = RATE_LANES * 4;
    private static final int ROUNDS = 24;
    private static final long[] ROUND_CONSTANTS = roundConstants();

    private final long[] state = new long[25];
    private final long[] moved = new long[25];
    private int next;

    /** @param input at most {@value #MAX_INPUT_LENGTH} bytes */
    public Shake128(byte[] input) {
        if (input.length > MAX_INPUT_LENGTH) {
            throw new IllegalArgumentException(
                    "input: " + input.length + " bytes (expected: <= " + MAX_INPUT_LENGTH + ")");
        }
        for (int i = 0; i < input.length; i++) {
            absorb(i, input[i] & 0xFF);
        }
        absorb(input.length, 0x1F);
        absorb(MAX_INPUT_LENGTH, 0x80);
        permute();
    }

    /** The next two bytes of the stream, 0 to 65535. */
    public int nextU16() {
        if (next == VALUES_PER_BLOCK) {
            permute();
            next = 0;
        }
        int pair = (int) (state[next >>> 2] >>> ((next & 3) << 4));
        next++;
        return (pair & 0xFF) << 8 | (pair >>> 8 & 0xFF);
    }

    private void absorb(int at, int value) {
        state[at >>> 3] ^= (long) value << ((at & 7) << 3);
    }

    /** Keccak-f[1600]; rho and pi are written out, which halves its time. */
    private void permute() {
        long[] a = state;
        long[] b = moved;
        for (int round = 0; round < ROUNDS; round++) {
            long c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
            long c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
            long c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
            long c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
            long c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
            long d0 = c4 ^ Long.rotateLeft(c1, 1);
            long d1 = c0 ^ Long.rotateLeft(c2, 1);
            long d2 = c1 ^ Long.rotateLeft(c3, 1);
            long d3 = c2 ^ Long.rotateLeft(c4, 1);
            long d4 = c3 ^ Long.rotateLeft(c0, 1);
            b[0] = a[0] ^ d0;
            b[1] = Long.rotateLeft(a[6] ^ d1, 44);
            b[2] = Long.rotateLeft(a[12] ^ d2, 43);
            b[3] = Long.rotateLeft(a[18] ^ d3, 21);
            b[4] = Long.rotateLeft(a[24] ^ d4, 14);
            b[5] = Long.rotateLeft(a[3] ^ d3, 28);
            b[6] = Long.rotateLeft(a[9] ^ d4, 20);
            b[7] = Long.rotateLeft(a[10] ^ d0, 3);
            b[8] = Long.rotateLeft(a[16] ^ d1, 45);
            b[9] = Long.rotateLeft(a[22] ^ d2, 61);
            b[10] = Long.rotateLeft(a[1] ^ d1, 1);
            b[11] = Long.rotateLeft(a[7] ^ d2, 6);
            b[12] = Long.rotateLeft(a[13] ^ d3, 25);
            b[13] = Long.rotateLeft(a[19] ^ d4, 8);
            b[14] = Long.rotateLeft(a[20] ^ d0, 18);
            b[15] = Long.rotateLeft(a[4] ^ d4, 27);
            b[16] = Long.rotateLeft(a[5] ^ d0, 36);
            b[17] = Long.rotateLeft(a[11] ^ d1, 10);
            b[18] = Long.rotateLeft(a[17] ^ d2, 15);
            b[19] = Long.rotateLeft(a[23] ^ d3, 56);
            b[20] = Long.rotateLeft(a[2] ^ d2, 62);
            b[21] = Long.rotateLeft(a[8] ^ d3, 55);
            b[22] = Long.rotateLeft(a[14] ^ d4, 39);
            b[23] = Long.rotateLeft(a[15] ^ d0, 41);
            b[24] = Long.rotateLeft(a[21] ^ d1, 2);
            for (int y = 0; y < 25; y += 5) {
                a[y] = b[y] ^ (~b[y + 1] & b[y + 2]);
                a[y + 1] = b[y + 1] ^ (~b[y + 2] & b[y + 3]);
                a[y + 2] = b[y + 2] ^ (~b[y + 3] & b[y + 4]);
                a[y + 3] = b[y + 3] ^ (~b[y + 4] & b[y]);
                a[y + 4] = b[y + 4] ^ (~b[y] & b[y + 1]);
            }
            a[0] ^= ROUND_CONSTANTS[round];
        }
    }

    /** The constants of iota, from the linear feedback register that FIPS 202 section 3.2.5 defines them by. */
    private static long[] roundConstants() {
        long[] constants = new long[ROUNDS];
        int register = 1;
        for (int round = 0; round < ROUNDS; round++) {
            for (int j = 0; j < 7; j++) {
                if ((register & 1) != 0) {
                    constants[round] |= 1L << ((1 << j) - 1);
                }
                register = (register & 0x80) != 0 ? (register << 1 ^ 0x171) : register << 1;
            }
        }
        return constants;
    }
}
