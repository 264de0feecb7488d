package io.culvert.crypto;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * VMess's key derivation, HMAC-SHA256 nested once for the salt and once for each path element (wire-formats section 3.2).
 *
 * <p>Every level doubles the cost. What never changes, the salt's pads and those of the label that stands first in the path, is
 * absorbed once and cloned, which leaves 4 short SHA-256 passes for a label alone and 16 for a label and two more elements.
 * Safe for use by several threads.
 */
public final class VmessKdf {
    public static final Label AUTH_ID_KEY = Label.of("AES Auth ID Encryption");
    public static final Label HEADER_LENGTH_KEY = Label.of("VMess Header AEAD Key_Length");
    public static final Label HEADER_LENGTH_NONCE = Label.of("VMess Header AEAD Nonce_Length");
    public static final Label HEADER_KEY = Label.of("VMess Header AEAD Key");
    public static final Label HEADER_NONCE = Label.of("VMess Header AEAD Nonce");
    public static final Label RESPONSE_LENGTH_KEY = Label.of("AEAD Resp Header Len Key");
    public static final Label RESPONSE_LENGTH_NONCE = Label.of("AEAD Resp Header Len IV");
    public static final Label RESPONSE_KEY = Label.of("AEAD Resp Header Key");
    public static final Label RESPONSE_NONCE = Label.of("AEAD Resp Header IV");
    public static final Label CHUNK_LENGTH_KEY = Label.of("auth_len");

    /** The bytes of a derived AES-128 key. */
    public static final int KEY_LENGTH = 16;

    /** The bytes of a derived nonce. */
    public static final int NONCE_LENGTH = 12;

    private static final int BLOCK = 64;
    private static final int IPAD = 0x36;
    private static final int OPAD = 0x5C;

    private VmessKdf() {}

    /** The first element of a path with its pads absorbed already. */
    public static final class Label {
        private final MessageDigest innerOfInner;
        private final MessageDigest innerOfOuter;

        private Label(byte[] path) {
            byte[] key = path.length > BLOCK ? Salt.hash(path) : path;
            innerOfInner = absorb(Salt.INNER, pad(key, IPAD));
            innerOfOuter = absorb(Salt.INNER, pad(key, OPAD));
        }

        static Label of(String path) {
            return new Label(path.getBytes(StandardCharsets.US_ASCII));
        }

        /** H1 of the section: two passes of the salt's HMAC. */
        private byte[] hash(byte[] message) {
            byte[] inner = finish(Salt.OUTER, finish(innerOfInner, message));
            return finish(Salt.OUTER, finish(innerOfOuter, inner));
        }
    }

    /** H0 of the section: HMAC-SHA256 with the fixed salt. */
    private static final class Salt {
        private static final byte[] KEY = "VMess AEAD KDF".getBytes(StandardCharsets.US_ASCII);
        static final MessageDigest INNER = absorb(sha256(), pad(KEY, IPAD));
        static final MessageDigest OUTER = absorb(sha256(), pad(KEY, OPAD));

        static byte[] hash(byte[] message) {
            return finish(OUTER, finish(INNER, message));
        }
    }

    /**
     * Derives 32 bytes.
     *
     * @param key what the derivation starts from, of any length
     * @param label the first path element
     * @param more the path elements behind it, each of any length
     */
    public static byte[] derive(byte[] key, Label label, byte[]... more) {
        return hash(label, more, more.length, key);
    }

    /** The first {@value #KEY_LENGTH} bytes of {@link #derive}. */
    public static byte[] key(byte[] key, Label label, byte[]... more) {
        return Arrays.copyOf(derive(key, label, more), KEY_LENGTH);
    }

    /** The first {@value #NONCE_LENGTH} bytes of {@link #derive}. */
    public static byte[] nonce(byte[] key, Label label, byte[]... more) {
        return Arrays.copyOf(derive(key, label, more), NONCE_LENGTH);
    }

    /** The derivation for a path of any elements, none included: slower, as no label's pads are kept. */
    static byte[] deriveUncached(byte[] key, byte[]... path) {
        if (path.length == 0) {
            return Salt.hash(key);
        }
        return derive(key, new Label(path[0]), Arrays.copyOfRange(path, 1, path.length));
    }

    private static byte[] hash(Label label, byte[][] more, int level, byte[] message) {
        if (level == 0) {
            return label.hash(message);
        }
        byte[] key = more[level - 1];
        if (key.length > BLOCK) {
            key = hash(label, more, level - 1, key);
        }
        byte[] inner = hash(label, more, level - 1, join(pad(key, IPAD), message));
        return hash(label, more, level - 1, join(pad(key, OPAD), inner));
    }

    private static byte[] pad(byte[] key, int with) {
        byte[] pad = Arrays.copyOf(key, BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            pad[i] ^= (byte) with;
        }
        return pad;
    }

    private static byte[] join(byte[] head, byte[] tail) {
        byte[] whole = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, whole, head.length, tail.length);
        return whole;
    }

    private static MessageDigest absorb(MessageDigest state, byte[] block) {
        MessageDigest copy = copy(state);
        copy.update(block);
        return copy;
    }

    private static byte[] finish(MessageDigest state, byte[] message) {
        MessageDigest copy = copy(state);
        copy.update(message);
        return copy.digest();
    }

    /** The states above are only ever read by cloning, which several threads may do at once. */
    private static MessageDigest copy(MessageDigest state) {
        try {
            return (MessageDigest) state.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has SHA-256", e);
        }
    }
}
