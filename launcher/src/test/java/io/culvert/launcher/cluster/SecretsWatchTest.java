package io.culvert.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node's certificate that is renewed, or not, while the node runs. */
class SecretsWatchTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final Instant LATER = NOW.plus(Duration.ofDays(100));

    private final List<ClusterSecrets> taken = new ArrayList<>();
    private final List<String> said = new ArrayList<>();

    @TempDir
    private Path base = Path.of("");

    private Path folder = Path.of("");
    private SecretsWatch watch;
    private ClusterSecrets first;

    @BeforeEach
    void init() throws Exception {
        authority("farm").init("first", NOW);
        folder = authority("farm").issue("exit", NOW);
        first = ClusterSecrets.read(folder, NOW);
        watch = new SecretsWatch(folder, first, taken::add, said::add);
    }

    private ClusterAuthority authority(String name) {
        return new ClusterAuthority(base.resolve(name), new SecureRandom());
    }

    /** What an operator does: another certificate of the same name, copied over the old one. */
    private Path renew(String farm, String node) throws IOException {
        Path old = base.resolve("farm/exit.old");
        Files.move(folder, old);
        Path made = authority(farm).issue(node, LATER);
        Path aside = base.resolve("aside");
        Files.move(made, aside);
        Files.move(old, folder);
        return aside;
    }

    private void copy(Path from, String file) throws IOException {
        Files.copy(
                from.resolve(file),
                folder.resolve(file),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
    }

    @Test
    void aRenewedCertificateIsTakenOnceItsFilesHaveSettled() throws Exception {
        Path renewed = renew("farm", "exit");
        watch.look(LATER);
        copy(renewed, ClusterAuthority.NODE_CERTIFICATE);
        watch.look(LATER);
        copy(renewed, ClusterAuthority.NODE_KEY);
        watch.look(LATER);
        assertThat(taken).isEmpty();
        watch.look(LATER);
        assertThat(taken).singleElement().satisfies(now -> {
            assertThat(now.notAfter()).isAfter(first.notAfter());
            assertThat(now.certificatePem()).isNotEqualTo(first.certificatePem());
        });
        watch.look(LATER);
        watch.look(LATER);
        assertThat(taken).hasSize(1);
    }

    @Test
    void aKeyThatDoesNotFitChangesNothingAndIsSaidOnce() throws Exception {
        Path renewed = renew("farm", "exit");
        copy(renewed, ClusterAuthority.NODE_CERTIFICATE);
        for (int i = 0; i < 5; i++) {
            watch.look(LATER);
        }
        assertThat(taken).isEmpty();
        assertThat(said).singleElement().asString().contains("cannot be used, the old ones stay");
        copy(renewed, ClusterAuthority.NODE_KEY);
        watch.look(LATER);
        watch.look(LATER);
        assertThat(taken).hasSize(1);
    }

    @Test
    void filesThatOthersMayReadOrOfAnotherNodeAreRefused() throws Exception {
        Path renewed = renew("farm", "other");
        copy(renewed, ClusterAuthority.NODE_CERTIFICATE);
        copy(renewed, ClusterAuthority.NODE_KEY);
        watch.look(LATER);
        watch.look(LATER);
        assertThat(said).singleElement().asString().contains("is for node other, and this is exit");
        Files.setPosixFilePermissions(
                folder.resolve(ClusterAuthority.NODE_KEY), PosixFilePermissions.fromString("rw-r-----"));
        watch.look(LATER);
        assertThat(said).last().asString().contains("may be read by others");
        assertThat(taken).isEmpty();
    }

    @Test
    void anotherFarmsCertificateIsRefused() throws Exception {
        authority("rogue").init("first", NOW);
        Path rogue = authority("rogue").issue("exit", NOW);
        for (String file : List.of("ca.pem", "node.pem", "node.key", "cluster.key")) {
            copy(rogue, file);
        }
        watch.look(NOW);
        watch.look(NOW);
        assertThat(said).singleElement().asString().contains("the CA is another one");
        assertThat(taken).isEmpty();
    }

    @Test
    void theEndIsWarnedOfThreeTimesAndOnceItIsThere() {
        Instant end = first.notAfter();
        for (Duration left : List.of(
                Duration.ofDays(31),
                Duration.ofDays(30),
                Duration.ofDays(8),
                Duration.ofDays(7),
                Duration.ofDays(2),
                Duration.ofHours(24),
                Duration.ofHours(1),
                Duration.ofHours(-1))) {
            watch.look(end.minus(left));
            watch.look(end.minus(left));
        }
        assertThat(said).hasSize(3).allMatch(line -> line.contains("is valid until " + end));
    }
}
