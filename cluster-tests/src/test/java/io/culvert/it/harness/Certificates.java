package io.culvert.it.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A self-signed certificate for {@link #NAME} in two files.
 *
 * @param certificate PEM, and its own trust anchor
 * @param key PEM
 */
public record Certificates(Path certificate, Path key) implements AutoCloseable {

    /** The name that the certificate is for. */
    public static final String NAME = "server.culvert.test";

    /** Makes a new one in the folder for temporary files. */
    public static Certificates create() {
        return create(NAME);
    }

    /** Makes a new one for another name. */
    public static Certificates create(String name) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            Path folder = Files.createTempDirectory("culvert-it-tls-");
            return new Certificates(
                    Files.writeString(
                            folder.resolve("cert.pem"),
                            pem("CERTIFICATE", selfSigned(name, pair).getEncoded())),
                    Files.writeString(
                            folder.resolve("key.pem"),
                            pem("PRIVATE KEY", pair.getPrivate().getEncoded())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509CertificateHolder selfSigned(String dnsName, KeyPair pair)
            throws OperatorCreationException, IOException {
        Instant now = Instant.now();
        X500Name name = new X500Name("CN=" + dnsName);
        return new JcaX509v3CertificateBuilder(
                        name,
                        BigInteger.valueOf(now.toEpochMilli()),
                        Date.from(now.minus(Duration.ofHours(1))),
                        Date.from(now.plus(Duration.ofDays(1))),
                        name,
                        pair.getPublic())
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                .addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(new GeneralName(GeneralName.dNSName, dnsName)))
                .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()));
    }

    private static String pem(String type, byte[] der) {
        Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
        return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(type, lines.encodeToString(der));
    }

    /** Puts another certificate and its key into the files of this one. */
    public void replaceBy(Certificates other) throws IOException {
        Files.copy(other.certificate, certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(other.key, key, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The SHA-256 of the certificate. */
    public byte[] hash() throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(certificate)) {
            var read = CertificateFactory.getInstance("X.509").generateCertificate(in);
            return MessageDigest.getInstance("SHA-256").digest(read.getEncoded());
        }
    }

    /** An element of {@code certificates}. */
    public String entry(String usage) {
        return "{usage: '%s', certificateFile: '%s', keyFile: '%s'}".formatted(usage, certificate, key);
    }

    /** {@code streamSettings} of a TLS server over TCP. */
    public String serverStream(String alpn) {
        return "{network: 'tcp', " + serverSecurity(alpn) + "}";
    }

    /** {@code streamSettings} of a TLS client over TCP that trusts this certificate and no other. */
    public String clientStream(String alpn) {
        return "{network: 'tcp', " + clientSecurity(alpn) + "}";
    }

    /** The fields of {@code streamSettings} that make it a TLS server's. */
    public String serverSecurity(String alpn) {
        return "security: 'tls', tlsSettings: {" + alpn
                + "certificates: [{certificateFile: '%s', keyFile: '%s'}]}".formatted(certificate, key);
    }

    /** The fields of {@code streamSettings} that make it a TLS client's, which trusts this certificate and no other. */
    public String clientSecurity(String alpn) {
        return "security: 'tls', tlsSettings: {" + alpn
                + "serverName: '%s', disableSystemRoot: true, certificates: [{usage: 'verify', certificateFile: '%s'}]}"
                        .formatted(NAME, certificate);
    }

    @Override
    public void close() {
        try {
            Files.delete(certificate);
            Files.delete(key);
            Files.delete(certificate.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
