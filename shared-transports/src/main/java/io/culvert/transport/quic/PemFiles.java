package io.culvert.transport.quic;

import io.culvert.config.SecuritySettings.Certificate;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Certificates and keys of settings, from files or inline: QUIC's builder takes them parsed. */
final class PemFiles {
    private PemFiles() {}

    static List<X509Certificate> chain(Certificate certificate) throws IOException, GeneralSecurityException {
        List<X509Certificate> chain = new ArrayList<>();
        try (InputStream in = open(certificate.certificateFile(), certificate.certificatePem())) {
            for (var one : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                chain.add((X509Certificate) one);
            }
        }
        if (chain.isEmpty()) {
            throw new GeneralSecurityException("no certificate in it");
        }
        return chain;
    }

    static PrivateKey key(Certificate certificate) throws IOException, GeneralSecurityException {
        try (InputStream in = open(certificate.keyFile(), certificate.keyPem())) {
            return Keys.read(in);
        }
    }

    static String nameOf(Certificate certificate) {
        return certificate.certificateFile() != null
                ? certificate.certificateFile()
                : "at " + certificate.position().path();
    }

    private static InputStream open(@Nullable String file, @Nullable String pem) throws IOException {
        if (file != null) {
            return new ByteArrayInputStream(Files.readAllBytes(Path.of(file)));
        }
        return new ByteArrayInputStream((pem == null ? "" : pem).getBytes(StandardCharsets.US_ASCII));
    }

    /** Netty's reader of keys, which only its contexts may call: the forms of a key are then those of TLS over TCP. */
    private abstract static class Keys extends SslContext {
        static PrivateKey read(InputStream in) throws IOException, GeneralSecurityException {
            PrivateKey key = toPrivateKey(in, null);
            if (key == null) {
                throw new GeneralSecurityException("no private key in it");
            }
            return key;
        }
    }
}
