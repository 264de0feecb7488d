package io.culvert.launcher.cert;

import io.culvert.model.Address;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A new P-256 key and a certificate that it signs itself, shaped like {@code v2ctl cert}'s.
 *
 * @param keyPem PKCS#8; secret
 */
public record SelfSigned(X509Certificate certificate, String certificatePem, String keyPem) {
    private static final Duration BACKDATED = Duration.ofHours(1);
    private static final int SERIAL_BITS = 127;

    /**
     * What the certificate says.
     *
     * @param names domains and IP addresses that it is for; may be empty
     * @param ca whether it may sign others
     */
    public record Request(String commonName, String organisation, List<String> names, boolean ca, Duration validity) {
        public Request {
            names = List.copyOf(names);
        }
    }

    /**
     * Makes a key and its certificate, valid from an hour before {@code now}.
     *
     * @throws IllegalArgumentException where a name is neither a domain nor an IP address
     */
    public static SelfSigned create(Request request, Instant now, SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            KeyPair keys = generator.generateKeyPair();
            X509Certificate certificate = sign(request, now, random, keys);
            return new SelfSigned(
                    certificate,
                    Certificates.pem("CERTIFICATE", certificate.getEncoded()),
                    Certificates.pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate sign(Request request, Instant now, SecureRandom random, KeyPair keys)
            throws GeneralSecurityException, OperatorCreationException, IOException {
        X500NameBuilder subject = new X500NameBuilder(BCStyle.INSTANCE);
        if (!request.organisation.isEmpty()) {
            subject.addRDN(BCStyle.O, request.organisation);
        }
        if (!request.commonName.isEmpty()) {
            subject.addRDN(BCStyle.CN, request.commonName);
        }
        X500Principal name = new X500Principal(subject.build().getEncoded());
        int usage = KeyUsage.digitalSignature | KeyUsage.keyEncipherment | (request.ca ? KeyUsage.keyCertSign : 0);
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE),
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(request.validity)),
                name,
                keys.getPublic());
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage))
                .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(request.ca));
        if (request.ca) {
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
        }
        if (!request.names.isEmpty()) {
            GeneralName[] names =
                    request.names.stream().map(SelfSigned::generalName).toArray(GeneralName[]::new);
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        }
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    }

    private static GeneralName generalName(String name) {
        String wildcard = name.startsWith("*.") ? name.substring(2) : name;
        return switch (Address.parse(wildcard)) {
            case Address.Ip ip -> new GeneralName(GeneralName.iPAddress, ip.text());
            case Address.Domain _ -> new GeneralName(GeneralName.dNSName, name);
        };
    }

    @Override
    public String toString() {
        return "SelfSigned[" + certificate.getSubjectX500Principal() + "]";
    }
}
