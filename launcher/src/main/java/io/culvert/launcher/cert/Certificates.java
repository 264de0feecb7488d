package io.culvert.launcher.cert;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reading certificates, and their text forms. */
public final class Certificates {
    private static final int SAN_DNS_NAME = 2;
    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Certificates() {}

    /** The first certificate of a PEM text. */
    public static X509Certificate read(String pem) throws CertificateException {
        int begin = Math.max(0, pem.indexOf("-----BEGIN CERTIFICATE-----"));
        byte[] text = pem.substring(begin).getBytes(StandardCharsets.US_ASCII);
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(text));
    }

    /** The first certificate of a PEM file, or null where there is no file. */
    public static @Nullable X509Certificate readFile(@Nullable String file) throws IOException, CertificateException {
        return file == null ? null : read(Files.readString(Path.of(file)));
    }

    /** SHA-256 of the certificate in lower-case hex: what share links call {@code pcs}. */
    public static String pin(X509Certificate certificate) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException | CertificateException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a certificate names itself as its issuer. */
    public static boolean isSelfSigned(X509Certificate certificate) {
        return certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal());
    }

    /** The first DNS name that a certificate is for, empty where it has none. */
    public static String firstName(@Nullable X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate == null ? null : certificate.getSubjectAlternativeNames();
            if (names != null) {
                for (List<?> name : names) {
                    if (name.getFirst().equals(SAN_DNS_NAME) && name.get(1) instanceof String dns) {
                        return dns;
                    }
                }
            }
            return "";
        } catch (CertificateException _) {
            return "";
        }
    }

    /** DER as PEM text, ending in a line feed. */
    static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n" + PEM.encodeToString(der) + "\n-----END " + type + "-----\n";
    }
}
