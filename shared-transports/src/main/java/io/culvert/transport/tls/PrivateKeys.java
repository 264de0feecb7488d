package io.culvert.transport.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Private keys in PEM, in the three forms that certificate tools write: PKCS #8, and the older {@code EC PRIVATE KEY} (SEC 1)
 * and {@code RSA PRIVATE KEY} (PKCS #1), which Java does not read by itself.
 */
final class PrivateKeys {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    /** What certificates' keys are made of. */
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

    private PrivateKeys() {}

    /**
     * The first private key in a text that belongs to a certificate; other blocks are passed over.
     *
     * @param owner the public key of the certificate that it is for
     * @throws GeneralSecurityException where there is none, or none that this can read: what is wrong with the first
     */
    static PrivateKey parse(String pem, PublicKey owner) throws GeneralSecurityException {
        GeneralSecurityException first = null;
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            try {
                return parse(block.group(1), block.group(2), owner);
            } catch (GeneralSecurityException e) {
                first = first == null ? e : first;
            }
        }
        throw first != null ? first : new GeneralSecurityException(nothingIn(pem));
    }

    private static String nothingIn(String text) {
        if (text.contains("CERTIFICATE-----")) {
            return "it holds a certificate, and no private key";
        }
        return PemCertificates.isDer(text)
                ? "it is DER, of which \"openssl pkey -inform der\" makes PEM"
                : "there is no private key in it";
    }

    private static PrivateKey parse(String form, String body, PublicKey owner) throws GeneralSecurityException {
        if (form.startsWith("ENCRYPTED") || body.contains("ENCRYPTED")) {
            throw new GeneralSecurityException(
                    "the private key is encrypted, and there is nobody to ask for its password");
        }
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("the private key is not base64", e);
        }
        // The older forms name what the key is made of.
        if (!form.equals("PRIVATE KEY") && !form.startsWith(owner.getAlgorithm() + " ")) {
            throw new GeneralSecurityException("the private key belongs to another certificate");
        }
        byte[] pkcs8 = form.equals("PRIVATE KEY") ? der : wrapped(der, owner);
        PrivateKey key = key(pkcs8, owner.getAlgorithm());
        if (key == null || !fits(key, owner)) {
            throw new GeneralSecurityException(
                    key != null || ALGORITHMS.stream().anyMatch(other -> key(pkcs8, other) != null)
                            ? "the private key belongs to another certificate"
                            : "the private key is broken, or belongs to another certificate");
        }
        return key;
    }

    /** The key, or null where it is none of this algorithm. */
    private static @Nullable PrivateKey key(byte[] pkcs8, String algorithm) {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException _) {
            return null;
        }
    }

    private static boolean fits(PrivateKey key, PublicKey owner) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(
                switch (owner.getAlgorithm()) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA" -> "SHA256withRSA";
                    default -> owner.getAlgorithm();
                });
        signature.initSign(key);
        signature.update(VERSION_0);
        byte[] signed = signature.sign();
        signature.initVerify(owner);
        signature.update(VERSION_0);
        return signature.verify(signed);
    }

    /** PKCS #8 is the older form with the algorithm in front of it, which the certificate's public key names in full. */
    private static byte[] wrapped(byte[] older, PublicKey owner) throws GeneralSecurityException {
        ByteArrayOutputStream inside = new ByteArrayOutputStream();
        inside.writeBytes(VERSION_0);
        inside.writeBytes(algorithmOf(owner));
        write(inside, OCTET_STRING, older);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        write(whole, SEQUENCE, inside.toByteArray());
        return whole.toByteArray();
    }

    /** The first element of a SubjectPublicKeyInfo: {@code SEQUENCE { algorithm, key }}. */
    private static byte[] algorithmOf(PublicKey key) throws GeneralSecurityException {
        byte[] der = key.getEncoded();
        if (der == null) {
            throw new GeneralSecurityException("the certificate's key has no encoding");
        }
        int at = headerLength(der, 0);
        int length = headerLength(der, at) + contentLength(der, at);
        byte[] algorithm = new byte[length];
        System.arraycopy(der, at, algorithm, 0, length);
        return algorithm;
    }

    private static int headerLength(byte[] der, int at) {
        int first = der[at + 1] & 0xFF;
        return first < 0x80 ? 2 : 2 + (first & 0x7F);
    }

    private static int contentLength(byte[] der, int at) {
        int first = der[at + 1] & 0xFF;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7F); i++) {
            length = length << 8 | (der[at + 2 + i] & 0xFF);
        }
        return length;
    }

    private static void write(ByteArrayOutputStream out, int tag, byte[] content) {
        out.write(tag);
        int length = content.length;
        if (length < 0x80) {
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        out.writeBytes(content);
    }
}
