package io.culvert.transport.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates in PEM (RFC 7468), for every place that reads some. Blocks are read one by one: what else a file holds (keys, DH
 * parameters, the attributes that OpenSSL writes in front of what it takes out of a PKCS #12 file, a certificate in words) is
 * passed over. Besides {@code CERTIFICATE} the labels {@code X509 CERTIFICATE} and {@code TRUSTED CERTIFICATE} are known.
 *
 * @param certificates in the order of the text
 * @param broken how many blocks say that they are certificates and are none
 */
record PemCertificates(List<X509Certificate> certificates, int broken) {
    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN (|X509 |TRUSTED )CERTIFICATE-----(.*?)-----END \\1CERTIFICATE-----", Pattern.DOTALL);

    /** The first byte of anything in DER that is a structure. */
    private static final char DER_SEQUENCE = 0x30;

    private static final char MAX_SHORT_LENGTH = 0x7F;

    PemCertificates {
        certificates = List.copyOf(certificates);
    }

    static PemCertificates read(String text) {
        List<X509Certificate> certificates = new ArrayList<>();
        int broken = 0;
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            try {
                certificates.add(certificate(block.group(2)));
            } catch (CertificateException | IllegalArgumentException _) {
                broken++;
            }
        }
        return new PemCertificates(certificates, broken);
    }

    /** What a file holds, byte by byte: what is no ASCII is in no block. */
    static String textOf(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    }

    private static X509Certificate certificate(String base64) throws CertificateException {
        byte[] der = Base64.getMimeDecoder().decode(base64);
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    /** What is to be said of a text that holds no certificate. */
    static String nothingIn(String text) {
        if (text.contains("PRIVATE KEY-----")) {
            return "it holds a private key, and no certificate";
        }
        if (text.contains("-----BEGIN PKCS7-----")) {
            return "it is PKCS #7, of which \"openssl pkcs7 -print_certs\" makes PEM";
        }
        return isDer(text)
                ? "it is DER, of which \"openssl x509 -inform der\" makes PEM"
                : "there is no certificate in it";
    }

    /** Whether a text is bytes in DER and no PEM: a structure whose length is that of the text, or takes more than one byte. */
    static boolean isDer(String text) {
        return text.length() > 1
                && text.charAt(0) == DER_SEQUENCE
                && (text.charAt(1) > MAX_SHORT_LENGTH || text.length() == 2 + text.charAt(1));
    }
}
