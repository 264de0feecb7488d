package io.culvert.crypto;

/**
 * SHAKE128 of FIPS 202 as an endless stream of 16-bit values, big endian (wire-formats section 2.2). Holds 25 lanes and no
 * output block: values are taken straight from the state, which is permuted once in 84 values. To be used by one thread.
 */
public final class Shake128 {
    /** The longest input, one byte less than a block. */
    public static final int MAX_INPUT_LENGTH = 167;

    private static final int RATE_LANES = 21;
    private static final int VALUES_PER_BLOCK = RATE_LANES * 4;
    private static final int ROUNDS = 24;
    private static final long[] ROUND_CONSTANTS = roundConstants();
    /** Where the walk of rho and pi goes from lane 1, and how far each lane on it is rotated. */
    private static final int[] PI_LANE = {
        10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1
    };

    private final long[] state = new long[25];
    private final long[] column = new long[5];
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

    private void permute() {
        long[] a = state;
        long[] c = column;
        for (int round = 0; round < ROUNDS; round++) {
            for (int x = 0; x < 5; x++) {
                c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
            }
            for (int x = 0; x < 5; x++) {
                long d = c[(x + 4) % 5] ^ Long.rotateLeft(c[(x + 1) % 5], 1);
                for (int y = x; y < 25; y += 5) {
                    a[y] ^= d;
                }
            }
            long moving = a[1];
            for (int step = 0; step < 24; step++) {
                int lane = PI_LANE[step];
                long held = a[lane];
                a[lane] = Long.rotateLeft(moving, (step + 1) * (step + 2) / 2);
                moving = held;
            }
            for (int y = 0; y < 25; y += 5) {
                long a0 = a[y];
                long a1 = a[y + 1];
                long a2 = a[y + 2];
                long a3 = a[y + 3];
                long a4 = a[y + 4];
                a[y] = a0 ^ (~a1 & a2);
                a[y + 1] = a1 ^ (~a2 & a3);
                a[y + 2] = a2 ^ (~a3 & a4);
                a[y + 3] = a3 ^ (~a4 & a0);
                a[y + 4] = a4 ^ (~a0 & a1);
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
