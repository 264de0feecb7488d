package io.culvert.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The secrets of a farm: how they are made, and what a node refuses to start with. */
class ClusterSecretsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @TempDir
    private Path base = Path.of("");

    private Path folder = Path.of("");
    private ClusterAuthority authority = new ClusterAuthority(base, new SecureRandom());

    @BeforeEach
    void init() throws IOException {
        folder = base.resolve("deep/cluster");
        authority = new ClusterAuthority(folder, new SecureRandom());
        authority.init("first", NOW);
    }

    @Test
    void theFirstNodeAndOthersHoldOneKeyAndNamesOfTheirOwn() throws Exception {
        Path second = authority.issue("second", NOW);
        ClusterSecrets one = ClusterSecrets.read(folder, NOW);
        ClusterSecrets two = ClusterSecrets.read(second, NOW);
        assertThat(List.of(one.node(), two.node())).containsExactly("first", "second");
        assertThat(two.clusterKey()).isEqualTo(one.clusterKey()).hasSize(ClusterAuthority.KEY_BYTES);
        assertThat(two.caPem()).isEqualTo(one.caPem());
        assertThat(two.keyPem()).isNotEqualTo(one.keyPem());
        assertThat(second.resolve(ClusterAuthority.CA_KEY)).doesNotExist();
        assertThat(two).hasToString("ClusterSecrets[second]");
    }

    @Test
    void everyFileIsForItsOwnerOnly() throws Exception {
        authority.issue("second", NOW);
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .as("%s", path)
                        .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
            }
        }
    }

    @Test
    void nothingIsOverwritten() throws Exception {
        String before = Files.readString(folder.resolve(ClusterAuthority.CLUSTER_KEY));
        assertThatThrownBy(() -> authority.init("first", NOW)).isInstanceOf(FileAlreadyExistsException.class);
        authority.issue("second", NOW);
        assertThatThrownBy(() -> authority.issue("second", NOW)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(folder.resolve(ClusterAuthority.CLUSTER_KEY)).hasContent(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ca.pem", "node.pem", "node.key", "cluster.key"})
    void aFileThatOthersMayReadKeepsTheNodeFromStarting(String name) throws Exception {
        Path file = folder.resolve(name);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> ClusterSecrets.read(folder, NOW))
                .isInstanceOf(ClusterFailure.class)
                .hasMessageContaining(file + " may be read by others")
                .hasMessageContaining("chmod 600");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ca.pem", "node.pem", "node.key", "cluster.key"})
    void aMissingFileIsNamed(String name) throws Exception {
        Files.delete(folder.resolve(name));
        assertThatThrownBy(() -> ClusterSecrets.read(folder, NOW))
                .isInstanceOf(ClusterFailure.class)
                .hasMessageContaining(folder.resolve(name) + " is missing");
    }

    @Test
    void aCertificateOfAnotherFarmOrOutOfItsTimeIsRefused() throws Exception {
        ClusterAuthority other = new ClusterAuthority(base.resolve("other"), new SecureRandom());
        other.init("first", NOW);
        Path certificate = folder.resolve(ClusterAuthority.NODE_CERTIFICATE);
        Files.writeString(certificate, Files.readString(base.resolve("other/node.pem")));
        assertThatThrownBy(() -> ClusterSecrets.read(folder, NOW))
                .isInstanceOf(ClusterFailure.class)
                .hasMessageContaining("is not a valid certificate of the farm's CA");
        assertThatThrownBy(() -> ClusterSecrets.read(base.resolve("other"), NOW.plus(Duration.ofDays(3_000))))
                .isInstanceOf(ClusterFailure.class)
                .hasMessageContaining("is not a valid certificate of the farm's CA");
    }

    @Test
    void aClusterKeyOfAnotherLengthIsRefused() throws Exception {
        Path key = folder.resolve(ClusterAuthority.CLUSTER_KEY);
        for (String text : List.of("", "c2hvcnQ=", "not base64!")) {
            Files.writeString(key, text);
            assertThatThrownBy(() -> ClusterSecrets.read(folder, NOW))
                    .isInstanceOf(ClusterFailure.class)
                    .hasMessageContaining("is not a cluster key");
        }
    }

    @Test
    void namesOfNodes() {
        assertThat(List.of("a", "node-1", "edge", "0", "a".repeat(63))).allMatch(ClusterAuthority::isNodeName);
        assertThat(List.of("", "-a", "a-", "A", "a.b", "a/b", "..", "a b", "a".repeat(64)))
                .noneMatch(ClusterAuthority::isNodeName);
    }
}
