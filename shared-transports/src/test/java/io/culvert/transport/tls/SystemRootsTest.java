package io.culvert.transport.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.transport.testkit.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemRootsTest {
    @TempDir
    Path folder;

    private final TestCertificate one = TestCertificate.of("one.test");
    private final TestCertificate two = TestCertificate.of("two.test");

    private Path file(String name, TestCertificate... certificates) throws IOException {
        StringBuilder text = new StringBuilder();
        for (TestCertificate certificate : certificates) {
            text.append(certificate.certificatePem());
        }
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void theEnvironmentsFileComesFirst() throws Exception {
        Path named = file("named", one, two);
        Path distributions = file("distributions", two);
        assertThat(SystemRoots.load(Map.of(SystemRoots.FILE_VARIABLE, named.toString()), List.of(distributions)))
                .containsExactly(one.certificate(), two.certificate());
        assertThat(SystemRoots.load(Map.of(SystemRoots.FILE_VARIABLE, ""), List.of(distributions)))
                .containsExactly(two.certificate());
    }

    @Test
    void theFirstFileThatIsThereServes() throws Exception {
        Path first = file("first", one);
        Path second = file("second", two);
        assertThat(SystemRoots.load(Map.of(), List.of(folder.resolve("absent"), first, second)))
                .containsExactly(one.certificate());
    }

    @Test
    void javasOwnServeWhereThereIsNone() throws Exception {
        assertThat(SystemRoots.load(Map.of(), List.of(folder.resolve("absent"))))
                .hasSizeGreaterThan(10);
    }

    @Test
    void aNamedFileThatIsNotThereIsSaid() {
        Map<String, String> environment =
                Map.of(SystemRoots.FILE_VARIABLE, folder.resolve("absent").toString());
        assertThatThrownBy(() -> SystemRoots.load(environment, List.of())).isInstanceOf(IOException.class);
    }

    @Test
    void theEnvironmentsFoldersAreReadToo() throws Exception {
        Path folders = Files.createDirectory(folder.resolve("folder"));
        Files.writeString(folders.resolve("a.pem"), one.certificatePem());
        Files.writeString(folders.resolve("readme"), "no certificate");
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.createSymbolicLink(other.resolve("0a1b2c3d.0"), file("two", two));
        Files.createDirectory(other.resolve("deeper"));
        Map<String, String> both = Map.of(SystemRoots.FOLDERS_VARIABLE, folders + "::" + other);
        assertThat(SystemRoots.load(both, List.of())).containsExactly(one.certificate(), two.certificate());
        TestCertificate three = TestCertificate.of("three.test");
        assertThat(SystemRoots.load(both, List.of(file("distributions", three))))
                .containsExactly(one.certificate(), two.certificate(), three.certificate());
    }

    @Test
    void aBrokenRootIsPassedOver() throws Exception {
        Path bundle = Files.writeString(
                folder.resolve("bundle"),
                one.certificatePem()
                        + "-----BEGIN CERTIFICATE-----\nMAYCAQUCAQI=\n-----END CERTIFICATE-----\n"
                        + two.certificatePem());
        assertThat(SystemRoots.load(Map.of(), List.of(bundle))).containsExactly(one.certificate(), two.certificate());
    }
}
