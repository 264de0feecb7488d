package io.culvert.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/**
 * Single blocks of AES-128. The JDK's cipher keeps the key schedule (about 0.7 KiB) and uses the processor's instructions: under 20 ns a
 * block where a table implementation takes 50.
 */
public final class AesBlock {
    /** The bytes of a block and of a key. */
    public static final int LENGTH = 16;

    private AesBlock() {}

    /**
     * A cipher ready for {@link #apply}, to be used by one thread.
     *
     * @param mode {@link Cipher#ENCRYPT_MODE} or {@link Cipher#DECRYPT_MODE}
     * @param key 16 bytes
     */
    public static Cipher cipher(int mode, byte[] key) {
        if (key.length != LENGTH) {
            throw new IllegalArgumentException("key: " + key.length + " bytes (expected: 16)");
        }
        try {
            Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"));
            return cipher;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has AES", e);
        }
    }

    /** Takes one block through the cipher; {@code from} and {@code to} may be the same array. */
    public static void apply(Cipher cipher, byte[] from, byte[] to) {
        try {
            cipher.update(from, 0, LENGTH, to, 0);
        } catch (ShortBufferException e) {
            throw new IllegalStateException("a block is 16 bytes", e);
        }
    }
}
