package io.culvert.crypto;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The digests that wire formats prescribe, over several parts in order. MD5 is here because the formats say so. */
public final class Digests {
    private Digests() {}

    /** MD5 of the parts one after the other, 16 bytes. */
    public static byte[] md5(byte[]... parts) {
        return digest("MD5", parts);
    }

    /** SHA-256 of the parts one after the other, 32 bytes. */
    public static byte[] sha256(byte[]... parts) {
        return digest("SHA-256", parts);
    }

    /** A keyed HMAC-MD5, to be used by one thread; {@code doFinal} leaves it ready for the next message. */
    public static Mac hmacMd5(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacMD5");
            mac.init(new SecretKeySpec(key, "HmacMD5"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has HmacMD5", e);
        }
    }

    private static byte[] digest(String algorithm, byte[][] parts) {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has " + algorithm, e);
        }
        for (byte[] part : parts) {
            digest.update(part);
        }
        return digest.digest();
    }
}
