package io.culvert.crypto;

import java.security.GeneralSecurityException;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * An AEAD under one key on heap arrays, where the JDK's intrinsics apply. The JDK's cipher (about 0.8 KiB) is made at the first
 * use; it keeps its key schedule from chunk to chunk, so that a chunk costs a new nonce only. To be used by one thread.
 */
public final class ChunkAead {
    /** The bytes that sealing adds. */
    public static final int TAG_LENGTH = 16;

    /** The bytes of a nonce. */
    public static final int NONCE_LENGTH = 12;

    private final boolean gcm;
    private final SecretKeySpec key;
    private @Nullable Cipher cipher;

    private ChunkAead(boolean gcm, SecretKeySpec key) {
        this.gcm = gcm;
        this.key = key;
    }

    /** @param key 16 bytes */
    public static ChunkAead aes128Gcm(byte[] key) {
        return new ChunkAead(true, new SecretKeySpec(requireLength(key, 16), "AES"));
    }

    /** @param key 32 bytes */
    public static ChunkAead chacha20Poly1305(byte[] key) {
        return new ChunkAead(false, new SecretKeySpec(requireLength(key, 32), "ChaCha20"));
    }

    /**
     * Seals without additional data; in place where source and target are the same range. The nonce must differ from that of the
     * call before.
     *
     * @param nonce {@value #NONCE_LENGTH} bytes; copied
     * @param to has room for {@code length +} {@value #TAG_LENGTH} bytes at {@code toAt}
     */
    public void seal(byte[] nonce, byte[] from, int at, int length, byte[] to, int toAt) {
        seal(nonce, null, from, at, length, to, toAt);
    }

    /** {@link #seal(byte[], byte[], int, int, byte[], int)} with additional authenticated data. */
    public void seal(byte[] nonce, byte @Nullable [] aad, byte[] from, int at, int length, byte[] to, int toAt) {
        try {
            Cipher ready = ready(Cipher.ENCRYPT_MODE, nonce);
            if (aad != null) {
                ready.updateAAD(aad);
            }
            ready.doFinal(from, at, length, to, toAt);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("sealing failed", e);
        }
    }

    /**
     * Opens without additional data. Source and target should be different arrays: in place the JDK copies first, at twice the
     * cost.
     *
     * @param length of the sealed bytes with their tag, at least {@value #TAG_LENGTH}
     * @return the bytes written, {@code length -} {@value #TAG_LENGTH}, or -1 where the tag does not fit
     */
    public int open(byte[] nonce, byte[] from, int at, int length, byte[] to, int toAt) {
        return open(nonce, null, from, at, length, to, toAt);
    }

    /** {@link #open(byte[], byte[], int, int, byte[], int)} with additional authenticated data. */
    public int open(byte[] nonce, byte @Nullable [] aad, byte[] from, int at, int length, byte[] to, int toAt) {
        try {
            Cipher ready = ready(Cipher.DECRYPT_MODE, nonce);
            if (aad != null) {
                ready.updateAAD(aad);
            }
            return ready.doFinal(from, at, length, to, toAt);
        } catch (AEADBadTagException e) {
            return -1;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("opening failed", e);
        }
    }

    private Cipher ready(int mode, byte[] nonce) throws GeneralSecurityException {
        Cipher ready = cipher;
        if (ready == null) {
            ready = Cipher.getInstance(gcm ? "AES/GCM/NoPadding" : "ChaCha20-Poly1305");
            cipher = ready;
        }
        AlgorithmParameterSpec spec = gcm ? new GCMParameterSpec(TAG_LENGTH * 8, nonce) : new IvParameterSpec(nonce);
        ready.init(mode, key, spec);
        return ready;
    }

    private static byte[] requireLength(byte[] key, int length) {
        if (key.length != length) {
            throw new IllegalArgumentException("key: " + key.length + " bytes (expected: " + length + ")");
        }
        return key;
    }
}
