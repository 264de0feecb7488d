package io.culvert.transport.testkit;

import io.culvert.config.Position;
import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** A self-signed certificate and its key. */
public record TestCertificate(X509Certificate certificate, KeyPair keys) {
    private static final char[] NO_PASSWORD = new char[0];

    /** Makes one for some DNS names; the first is the common name too. Without names it has the common name "nobody". */
    public static TestCertificate of(String... names) {
        return withCommonName(names.length == 0 ? "nobody" : names[0], names);
    }

    /** Makes one with a common name, and alternative names where there are any. */
    public static TestCertificate withCommonName(String commonName, String... names) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return selfSigned(commonName, names, generator.generateKeyPair(), "SHA256withECDSA");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes one with an RSA key. */
    public static TestCertificate rsa(String name) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return selfSigned(name, new String[] {name}, generator.generateKeyPair(), "SHA256withRSA");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes one with an Ed25519 key. */
    public static TestCertificate ed25519(String name) {
        try {
            return selfSigned(
                    name,
                    new String[] {name},
                    KeyPairGenerator.getInstance("Ed25519").generateKeyPair(),
                    "Ed25519");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes one that was valid for an hour, until a moment ago. */
    public static TestCertificate expired(String name) {
        TestCertificate now = of(name);
        Instant end = Instant.now().minus(Duration.ofMinutes(1));
        return selfSigned(name, new String[] {name}, now.keys, "SHA256withECDSA", end.minus(Duration.ofHours(1)), end);
    }

    private static TestCertificate selfSigned(String commonName, String[] names, KeyPair pair, String algorithm) {
        Instant now = Instant.now();
        return selfSigned(
                commonName, names, pair, algorithm, now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(1)));
    }

    private static TestCertificate selfSigned(
            String commonName, String[] names, KeyPair pair, String algorithm, Instant from, Instant until) {
        try {
            X500Name subject = new X500Name("CN=" + commonName);
            var builder = new JcaX509v3CertificateBuilder(
                            subject,
                            BigInteger.valueOf(System.currentTimeMillis()),
                            Date.from(from),
                            Date.from(until),
                            subject,
                            pair.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            if (names.length > 0) {
                GeneralName[] alternatives = Arrays.stream(names)
                        .map(name -> new GeneralName(GeneralName.dNSName, name))
                        .toArray(GeneralName[]::new);
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            }
            var signer = new JcaContentSignerBuilder(algorithm).build(pair.getPrivate());
            return new TestCertificate(new JcaX509CertificateConverter().getCertificate(builder.build(signer)), pair);
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    public String certificatePem() {
        return pem(certificate);
    }

    public String keyPem() {
        return pem(new PemObject("PRIVATE KEY", keys.getPrivate().getEncoded()));
    }

    private static String pem(Object object) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return text.toString();
    }

    /** As a server's configuration has it. */
    public Certificate served() {
        return new Certificate(CertificateUsage.ENCIPHERMENT, null, certificatePem(), null, keyPem(), Position.NONE);
    }

    /** As the configuration of a server has it that issues certificates. */
    public Certificate issuing() {
        return new Certificate(CertificateUsage.ISSUE, null, certificatePem(), null, keyPem(), Position.NONE);
    }

    /** As a client's configuration has it. */
    public Certificate trusted() {
        return new Certificate(CertificateUsage.VERIFY, null, certificatePem(), null, null, Position.NONE);
    }

    /** Java's own TLS, which serves this certificate and trusts it. */
    public SSLContext java() {
        try {
            KeyStore keyStore = KeyStore.getInstance("PKCS12");
            keyStore.load(null, null);
            keyStore.setKeyEntry("own", keys.getPrivate(), NO_PASSWORD, new X509Certificate[] {certificate});
            KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            own.init(keyStore, NO_PASSWORD);
            KeyStore trustStore = KeyStore.getInstance("PKCS12");
            trustStore.load(null, null);
            trustStore.setCertificateEntry("own", certificate);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trustStore);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
