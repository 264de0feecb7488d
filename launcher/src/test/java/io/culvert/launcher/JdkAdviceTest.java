package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the scripts say where no JDK 25 is found. */
class JdkAdviceTest {
    @TempDir
    private Path folder = Path.of("");

    private String advice(String release, String system) throws Exception {
        Path file = Files.writeString(folder.resolve("os-release"), release);
        String script = Path.of(System.getProperty("culvert.root", ".."), ".mvn", "find-jdk.sh")
                .toAbsolutePath()
                .toString();
        ProcessBuilder shell = new ProcessBuilder(
                "sh", "-euc", ". \"$0\"; culvert_jdk_advice \"$1\" \"$2\"", script, file.toString(), system);
        // The script is sourced where there is a JDK: the one that runs this.
        shell.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = shell.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }

    @ParameterizedTest
    @CsvSource({
        "debian, '', 13, apt-get install openjdk-25-jdk-headless",
        "debian, '', '', apt-get install openjdk-25-jdk-headless",
        "ubuntu, debian, 24.04, apt-get install openjdk-25-jdk-headless",
        "linuxmint, ubuntu debian, 11, apt-get install openjdk-25-jdk-headless",
        "fedora, '', 43, dnf install java-25-openjdk-devel",
        "almalinux, rhel centos fedora, 10.1, dnf install java-25-openjdk-devel",
        "alpine, '', 3.23.0, apk add openjdk25-jdk",
        "debian, '', 12, Debian 12 has no package of it. Install temurin-25-jdk of Adoptium's apt repository",
        "nixos, '', 25.11, the system's package of JDK 25"
    })
    void namesTheWayOfTheSystem(String id, String like, String version, String way) throws Exception {
        assertThat(advice(
                        "NAME=Debian\nID=" + id + "\nID_LIKE=\"" + like + "\"\nVERSION_ID=\"" + version + "\"\n",
                        "Linux"))
                .contains(way)
                .contains("https://adoptium.net/");
    }

    @Test
    void namesTheWayOfMacOs() throws Exception {
        assertThat(advice("", "Darwin")).contains("brew install openjdk").contains("https://adoptium.net/");
    }
}
