package io.culvert.launcher.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.CulvertConfig;
import io.culvert.config.LogConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.RoutingConfig;
import io.culvert.config.reader.Source;
import io.culvert.model.ConfigVersion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppliedFileTest {
    private static final List<Source> OWN = List.of(new Source("a.json", "{1}"), new Source("b.json", "{2}"));
    private static final List<Source> EDITED = List.of(new Source("a.json", "{1}"), new Source("b.json", "{3}"));
    private static final CulvertConfig CONFIG = new CulvertConfig(
            LogConfig.ABSENT, List.of(), List.of(), RoutingConfig.EMPTY, PolicyConfig.ABSENT, null, List.of());
    private static final ConfigVersion VERSION = new ConfigVersion(7, 1_700_000_000_123L, Long.MIN_VALUE + 5);
    private static final List<ConfigVersion> BEFORE = List.of(new ConfigVersion(6, 5, -4), ConfigVersion.of(1));
    private static final Earlier PREVIOUS = new Earlier(BEFORE.getFirst(), List.of(new Source("old", "{\"old\"}")));
    private static final Snapshot RUNS =
            new Snapshot(VERSION, List.of(new Source("put", "{ } // \u00e9\n")), CONFIG, BEFORE);

    @TempDir
    private Path folder = Path.of("");

    private Path file = Path.of("");

    @BeforeEach
    void name() {
        file = folder.resolve("applied");
    }

    private static Kept read(AppliedFile applied) {
        return Objects.requireNonNull(applied.read());
    }

    @Test
    void whatWasKeptIsReadAgain() throws Exception {
        new AppliedFile(file, OWN).keep(RUNS, PREVIOUS);
        Kept kept = read(new AppliedFile(file, OWN));
        assertThat(kept).isEqualTo(new Kept(AppliedFile.digest(OWN), VERSION, RUNS.sources(), BEFORE, PREVIOUS));
        new AppliedFile(file, OWN).keep(RUNS, null);
        assertThat(read(new AppliedFile(file, OWN)).previous()).isNull();
    }

    @Test
    void onlyItsOwnerReadsItAndNothingElseIsLeft() throws Exception {
        AppliedFile applied = new AppliedFile(file, OWN);
        applied.keep(RUNS, PREVIOUS);
        applied.keep(RUNS, PREVIOUS);
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void theOwnFileIsTheSameUntilItSaysSomethingElse() throws Exception {
        AppliedFile first = new AppliedFile(file, OWN);
        first.keep(RUNS, PREVIOUS);
        AppliedFile same = new AppliedFile(
                file,
                OWN.stream()
                        .map(source -> new Source("x/" + source.name(), source.text()))
                        .toList());
        assertThat(same.isOfThisFile(read(same))).isTrue();
        AppliedFile edited = new AppliedFile(file, EDITED);
        assertThat(edited.isOfThisFile(read(edited))).isFalse();
        // A node that has not applied it yet keeps other configurations of the farm meanwhile.
        edited.notTaken();
        edited.keep(RUNS, null);
        assertThat(same.isOfThisFile(read(same))).isTrue();
        edited.taken(EDITED);
        assertThat(edited.isOfThisFile(read(edited))).isTrue();
        assertThat(read(edited).version()).isEqualTo(VERSION);
    }

    @Test
    void whatIsDamagedOrOfAnotherFormatIsPassedOver() throws Exception {
        AppliedFile applied = new AppliedFile(file, OWN);
        assertThat(applied.read()).isNull();
        applied.keep(RUNS, PREVIOUS);
        byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) 0x81;
            Files.write(file, bad);
            assertThat(applied.read()).as("byte %d", at).isNull();
        }
        Files.write(file, Arrays.copyOf(good, good.length / 2));
        assertThat(applied.read()).isNull();
        Files.writeString(file, new String(good, StandardCharsets.UTF_8).replaceFirst(" 1 ", " 0 "));
        assertThat(applied.read()).isNull();
        String rest = "{\"ownFile\":1}\n";
        Files.writeString(file, "culvert-applied 1 " + TextProcessor.digest(rest) + "\n" + rest);
        assertThat(applied.read()).isNull();
        Files.write(file, good);
        assertThat(applied.read()).isNotNull();
    }
}
