package io.culvert.wire.vmess;

import java.util.random.RandomGenerator;

/**
 * The arrays that the body codecs of one event loop work in, so that a session holds none. The ciphers run on heap arrays, where the
 * JDK's intrinsics apply, and between two different arrays when they open. To be used by one thread; passed to each call.
 */
public final class CipherScratch {
    /** Holds the largest chunk with its size, and some 40 chunks of the 2 KiB that V2Ray sends. */
    static final int CAPACITY = 80 * 1024;

    private static final int RANDOM_CAPACITY = 1024;

    final byte[] input = new byte[CAPACITY];
    final byte[] output = new byte[CAPACITY];

    /** An opened size; the JDK wants no more room than that. */
    final byte[] size = new byte[2];

    private final RandomGenerator random;
    private final byte[] randomBytes = new byte[RANDOM_CAPACITY];
    private int randomUsed = RANDOM_CAPACITY;

    /**
     * The arrays of one event loop.
     *
     * @param random fills the padding of chunks, {@value #RANDOM_CAPACITY} bytes at a time. A watcher sees its output, so it should
     *     be one that cannot be told from noise, such as a {@code SecureRandom}
     */
    public CipherScratch(RandomGenerator random) {
        this.random = random;
    }

    void randomBytes(byte[] to, int at, int length) {
        int done = 0;
        while (done < length) {
            if (randomUsed == RANDOM_CAPACITY) {
                random.nextBytes(randomBytes);
                randomUsed = 0;
            }
            int part = Math.min(length - done, RANDOM_CAPACITY - randomUsed);
            System.arraycopy(randomBytes, randomUsed, to, at + done, part);
            randomUsed += part;
            done += part;
        }
    }
}
