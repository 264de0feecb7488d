package io.culvert.launcher.cert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.launcher.cert.SelfSigned.Request;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelfSignedTest {
    private static final Instant NOW = Instant.parse("2026-11-20T08:00:00Z");
    private static final SecureRandom RANDOM = new SecureRandom();

    @Test
    void theCertificateSaysWhatWasAskedFor() throws Exception {
        Request request = new Request(
                "A, name",
                "An \"org\"",
                List.of("a.example", "*.b.example", "127.0.0.1", "::1"),
                false,
                Duration.ofDays(90));
        X509Certificate certificate = SelfSigned.create(request, NOW, RANDOM).certificate();

        certificate.verify(certificate.getPublicKey());
        certificate.checkValidity(Date.from(NOW));
        certificate.checkValidity(Date.from(NOW.plus(Duration.ofDays(90)).minusSeconds(1)));
        assertThat(certificate.getNotAfter()).isEqualTo(Date.from(NOW.plus(Duration.ofDays(90))));
        assertThat(certificate.getSubjectX500Principal().getName()).contains("A\\, name");
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactly("a.example", "*.b.example", "127.0.0.1", "0:0:0:0:0:0:0:1");
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
        assertThat(Certificates.isSelfSigned(certificate)).isTrue();
        assertThat(Certificates.firstName(certificate)).isEqualTo("a.example");
    }

    @Test
    void anAuthorityMaySign() {
        X509Certificate certificate = SelfSigned.create(
                        new Request("ca", "", List.of(), true, Duration.ofDays(1)), NOW, RANDOM)
                .certificate();
        assertThat(certificate.getBasicConstraints()).isNotNegative();
        assertThat(certificate.getKeyUsage()[5]).isTrue();
    }

    @Test
    void keyAndCertificateBelongTogether() throws Exception {
        SelfSigned made = SelfSigned.create(new Request("x", "", List.of(), false, Duration.ofDays(1)), NOW, RANDOM);
        String base64 = made.keyPem().replaceAll("-----[A-Z ]+-----|\n", "");
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64))));
        signer.update(new byte[] {1, 2, 3});
        byte[] signature = signer.sign();

        X509Certificate read = Certificates.read("text in front\n" + made.certificatePem());
        assertThat(read).isEqualTo(made.certificate());
        Signature verifier = Signature.getInstance("SHA256withECDSA");
        verifier.initVerify(read);
        verifier.update(new byte[] {1, 2, 3});
        assertThat(verifier.verify(signature)).isTrue();
        assertThat(Certificates.pin(read)).matches("[0-9a-f]{64}");
        assertThat(made.toString()).doesNotContain(base64);
    }

    @Test
    void aNameThatIsNoneIsRefused() {
        Request request = new Request("x", "", List.of("no domain"), false, Duration.ofDays(1));
        assertThatThrownBy(() -> SelfSigned.create(request, NOW, RANDOM))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no domain");
    }
}
