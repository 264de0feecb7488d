package io.culvert.wire;

import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * HMAC-SHA256 under a key that never leaves the process. Tables of secrets are searched by the digest of what a peer
 * sent: how long a comparison takes then says nothing about the secrets (reliability section 2a.5). Safe for use by
 * several threads.
 */
public final class KeyedDigest {
    /** The length of a digest in bytes. */
    public static final int LENGTH = 32;

    private static final String ALGORITHM = "HmacSHA256";

    private final Mac keyed;

    /** @param random where the key is drawn from; a cryptographically strong source */
    public KeyedDigest(RandomGenerator random) {
        byte[] key = new byte[LENGTH];
        random.nextBytes(key);
        try {
            keyed = Mac.getInstance(ALGORITHM);
            keyed.init(new SecretKeySpec(key, ALGORITHM));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /** The digest of some bytes, {@link #LENGTH} bytes long. */
    public byte[] of(byte[] data) {
        try {
            // The shared instance is never fed, so that its clones start clean whichever thread makes them.
            return ((Mac) keyed.clone()).doFinal(data);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's " + ALGORITHM + " can be cloned", e);
        }
    }
}
