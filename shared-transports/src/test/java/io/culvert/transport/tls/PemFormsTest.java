package io.culvert.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.Position;
import io.culvert.config.SecuritySettings.Certificate;
import io.culvert.config.SecuritySettings.CertificateUsage;
import io.culvert.transport.testkit.TestCertificate;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every form in which people have certificates and keys, in every place that reads some. */
class PemFormsTest {
    private static final TestCertificate OWN = TestCertificate.of("own.test");
    private static final TestCertificate OTHER = TestCertificate.of("other.test");
    private static final String DH = "-----BEGIN DH PARAMETERS-----\nMAYCAQUCAQI=\n-----END DH PARAMETERS-----\n";

    @TempDir
    Path folder;

    /** What stands around the certificate and its key, or how they are written. */
    enum Form {
        PLAIN,
        KEY_BEFORE,
        KEY_BEHIND,
        DH_PARAMETERS_BEFORE,
        DH_PARAMETERS_BEHIND,
        ATTRIBUTES_OF_A_BAG,
        IN_WORDS_FIRST,
        WINDOWS_LINES,
        BYTE_ORDER_MARK,
        NO_LINES,
        OLDER_LABEL,
        TRUSTED_LABEL;

        String of(TestCertificate from) {
            String certificate = from.certificatePem();
            String key = from.keyPem();
            return switch (this) {
                case PLAIN -> certificate;
                case KEY_BEFORE -> key + certificate;
                case KEY_BEHIND -> certificate + key;
                case DH_PARAMETERS_BEFORE -> DH + certificate + key;
                case DH_PARAMETERS_BEHIND -> certificate + key + DH;
                case ATTRIBUTES_OF_A_BAG ->
                    "Bag Attributes\n    friendlyName: own\nsubject=CN = own.test\n" + certificate
                            + "Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n" + key;
                case IN_WORDS_FIRST -> "Certificate:\n    Data:\n        Version: 3 (0x2)\n" + certificate;
                case WINDOWS_LINES -> (certificate + key).replace("\n", "\r\n");
                case BYTE_ORDER_MARK -> "\uFEFF" + certificate;
                case NO_LINES ->
                    "-----BEGIN CERTIFICATE-----\n"
                            + certificate
                                    .lines()
                                    .filter(line -> !line.startsWith("-----"))
                                    .reduce("", String::concat)
                            + "\n-----END CERTIFICATE-----";
                case OLDER_LABEL -> certificate.replace(" CERTIFICATE", " X509 CERTIFICATE");
                case TRUSTED_LABEL -> certificate.replace(" CERTIFICATE", " TRUSTED CERTIFICATE");
            };
        }

        boolean hasKey() {
            return of(OWN).contains("PRIVATE KEY");
        }
    }

    private Path file(String name, String text) throws Exception {
        return Files.writeString(folder.resolve(name), text, StandardCharsets.UTF_8);
    }

    private static Certificate inFiles(Path certificate, @Nullable Path key) {
        return new Certificate(
                CertificateUsage.ENCIPHERMENT,
                certificate.toString(),
                null,
                key == null ? null : key.toString(),
                null,
                Position.NONE);
    }

    @ParameterizedTest
    @EnumSource
    void aServersOrAClientsFile(Form form) throws Exception {
        Path file = file("c.pem", form.of(OWN));
        Path key = form.hasKey() ? file : file("k.pem", OWN.keyPem());
        Certificate certificate = inFiles(file, key);
        assertThat(CertificateFiles.chain(certificate)).containsExactly(OWN.certificate());
        assertThat(CertificateFiles.key(certificate, OWN.certificate()))
                .isEqualTo(OWN.keys().getPrivate());
    }

    @ParameterizedTest
    @EnumSource
    void inTheConfiguration(Form form) throws Exception {
        Certificate certificate = new Certificate(
                CertificateUsage.ENCIPHERMENT,
                null,
                form.of(OWN),
                null,
                form.hasKey() ? form.of(OWN) : OWN.keyPem(),
                Position.NONE);
        assertThat(CertificateFiles.chain(certificate)).containsExactly(OWN.certificate());
        assertThat(CertificateFiles.key(certificate, OWN.certificate()))
                .isEqualTo(OWN.keys().getPrivate());
    }

    @ParameterizedTest
    @EnumSource
    void aChain(Form form) throws Exception {
        Path file = file("chain.pem", form.of(OWN) + "\n" + form.of(OTHER));
        assertThat(CertificateFiles.chain(inFiles(file, null))).containsExactly(OWN.certificate(), OTHER.certificate());
    }

    @ParameterizedTest
    @EnumSource
    void aBundleOfRoots(Form form) throws Exception {
        Path file = file("roots.pem", form.of(OTHER) + "\n" + form.of(OWN));
        assertThat(SystemRoots.load(Map.of(SystemRoots.FILE_VARIABLE, file.toString()), List.of()))
                .containsExactly(OTHER.certificate(), OWN.certificate());
    }

    @ParameterizedTest
    @EnumSource
    void aFarmsNode(Form form) throws Exception {
        String node = form.of(OWN);
        MutualTls.of(form.of(OTHER), node, form.hasKey() ? node : OWN.keyPem(), "test/1");
    }

    @Test
    void theKeyThatFitsIsFoundAmongOthers() throws Exception {
        PrivateKey found = PrivateKeys.parse(
                OTHER.keyPem() + OWN.keyPem(), OWN.certificate().getPublicKey());
        assertThat(found).isEqualTo(OWN.keys().getPrivate());
    }

    @Test
    void whatIsNoPemIsNamed() throws Exception {
        Path der = Files.write(folder.resolve("c.der"), OWN.certificate().getEncoded());
        assertThatThrownBy(() -> CertificateFiles.chain(inFiles(der, null)))
                .isInstanceOf(TlsConfigException.class)
                .hasMessage(der + ": it is DER, of which \"openssl x509 -inform der\" makes PEM");
        Path key = Files.write(folder.resolve("k.der"), OWN.keys().getPrivate().getEncoded());
        assertThatThrownBy(() -> CertificateFiles.key(inFiles(der, key), OWN.certificate()))
                .hasMessage(key + ": it is DER, of which \"openssl pkey -inform der\" makes PEM");
        String body = Base64.getEncoder().encodeToString(new byte[] {0x30, 0});
        Path pkcs7 = file("c.p7b", "-----BEGIN PKCS7-----\n" + body + "\n-----END PKCS7-----\n");
        assertThatThrownBy(() -> CertificateFiles.chain(inFiles(pkcs7, null))).hasMessageContaining("PKCS #7");
        Path broken = file(
                "broken.pem",
                OWN.certificatePem() + "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n");
        assertThatThrownBy(() -> CertificateFiles.chain(inFiles(broken, null)))
                .hasMessage(broken + ": a certificate in it is broken");
    }
}
