package io.culvert.transport.testkit;

import java.util.Random;

/** Bytes that cannot be mixed up. */
public final class Payload {
    private Payload() {}

    public static byte[] of(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
