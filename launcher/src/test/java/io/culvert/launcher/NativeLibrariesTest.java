package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    @BeforeEach
    void onLinux() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "skipped: only Linux has native libraries");
    }

    @Test
    void whereTheTemporaryFolderServesNothingIsChosen() {
        assertThat(NativeLibraries.choose(folder, folder.resolve("state")))
                .isEqualTo(new NativeLibraries.Choice(null, null));
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void elseTheStateFolderIsTriedAndTheReasonSaid() {
        Path missing = folder.resolve("missing");
        Path state = folder.resolve("state");
        Path own = state.resolve("native");
        assertThat(NativeLibraries.choose(missing, state))
                .isEqualTo(new NativeLibraries.Choice(
                        own,
                        "native libraries cannot be loaded from " + missing + ": there is no such folder; they are"
                                + " unpacked in " + own));
        assertThat(own).isEmptyDirectory();
    }

    @Test
    void whereNeitherServesBothReasonsAreSaid() throws Exception {
        Path missing = folder.resolve("missing");
        Path file = Files.createFile(folder.resolve("file"));
        NativeLibraries.Choice choice = NativeLibraries.choose(missing, file);
        assertThat(choice.folder()).isNull();
        assertThat(choice.warning())
                .startsWith("native libraries cannot be loaded from " + missing
                        + ": there is no such folder; nor from " + file.resolve("native") + ": the state folder "
                        + file)
                .contains("--state", "-Dio.netty.native.workdir=FOLDER");
    }

    /** As containers mount /dev/shm, and some of them /tmp. */
    @Test
    void aFolderThatIsMountedNoexecDoesNotServe() throws Exception {
        Optional<Path> noexec = mountedNoexec();
        assumeTrue(noexec.isPresent(), "skipped: nothing writable is mounted noexec here");
        Path there = noexec.orElseThrow();
        NativeLibraries.Choice choice = NativeLibraries.choose(there, folder.resolve("state"));
        assertThat(choice.folder()).isEqualTo(folder.resolve("state").resolve("native"));
        assertThat(choice.warning()).contains("cannot be loaded from " + there + ": it is mounted noexec;");
    }

    private static Optional<Path> mountedNoexec() throws IOException {
        return Files.readAllLines(Path.of("/proc/mounts")).stream()
                .map(line -> line.split(" "))
                .filter(mount -> mount[2].equals("tmpfs")
                        && Arrays.asList(mount[3].split(",")).contains("noexec"))
                .map(mount -> Path.of(mount[1]))
                .filter(Files::isWritable)
                .findFirst();
    }
}
