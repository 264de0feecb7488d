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
        assertThat(SystemRoots.load(Map.of(SystemRoots.VARIABLE, named.toString()), List.of(distributions)))
                .containsExactly(one.certificate(), two.certificate());
        assertThat(SystemRoots.load(Map.of(SystemRoots.VARIABLE, ""), List.of(distributions)))
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
                Map.of(SystemRoots.VARIABLE, folder.resolve("absent").toString());
        assertThatThrownBy(() -> SystemRoots.load(environment, List.of())).isInstanceOf(IOException.class);
    }
}
