package io.culvert.ingress.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.wire.vmess.SeenHeaders.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeenFileTest {
    private static final long NOW = 1_700_000_000L;
    private static final long LATER = NOW + 241;
    private static final int CAPACITY = 200;
    private static final long BOOT = 7;

    @TempDir
    private Path folder;

    private record Value(Kind kind, long high, long low, long expiry) {}

    private Path file() {
        return folder.resolve("seen");
    }

    private SeenFile open() throws IOException {
        return SeenFile.open(file(), CAPACITY, BOOT);
    }

    private static Set<Value> read(SeenFile file, long now) {
        Set<Value> values = new HashSet<>();
        file.read(now, (kind, high, low, expiry) -> values.add(new Value(kind, high, low, expiry)));
        return values;
    }

    @Test
    void valuesAreThereForTheNextOneUntilTheyExpire() throws Exception {
        try (SeenFile first = open()) {
            assertThat(first.gap()).isEqualTo("it was not there");
            assertThat(first.keep(Kind.AUTH_ID, 1, -2, NOW + 10, NOW)).isTrue();
            assertThat(first.keep(Kind.LEGACY_KEYS, -1, Long.MAX_VALUE, LATER, NOW))
                    .isTrue();
            assertThat(first.keep(Kind.AUTH_ID, 0, 0, LATER, NOW)).isTrue();
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
        try (SeenFile next = open()) {
            assertThat(next.gap()).isNull();
            Value legacy = new Value(Kind.LEGACY_KEYS, -1, Long.MAX_VALUE, LATER);
            Value zeros = new Value(Kind.AUTH_ID, 0, 0, LATER);
            assertThat(read(next, NOW + 9))
                    .containsExactlyInAnyOrder(new Value(Kind.AUTH_ID, 1, -2, NOW + 10), legacy, zeros);
            assertThat(read(next, NOW + 10)).containsExactlyInAnyOrder(legacy, zeros);
        }
    }

    @Test
    void whatHasExpiredMakesRoomAndNothingElse() throws Exception {
        try (SeenFile file = open()) {
            for (int i = 0; i < CAPACITY; i++) {
                assertThat(file.keep(Kind.AUTH_ID, i, i, NOW + 100 + i % 50, NOW))
                        .isTrue();
            }
            assertThat(file.keep(Kind.AUTH_ID, -1, -1, LATER, NOW)).isFalse();
            assertThat(file.keep(Kind.AUTH_ID, -1, -1, LATER, NOW + 99)).isFalse();
            assertThat(file.keep(Kind.AUTH_ID, -1, -1, LATER, NOW + 100)).isTrue();
            assertThat(read(file, NOW + 100))
                    .hasSize(CAPACITY - 4 + 1)
                    .contains(new Value(Kind.AUTH_ID, -1, -1, LATER));
        }
        for (int round = 1; round < 10; round++) {
            long now = NOW + round * 300L;
            try (SeenFile file = open()) {
                for (int i = 0; i < CAPACITY / 2; i++) {
                    assertThat(file.keep(Kind.AUTH_ID, i, round, now + 241, now))
                            .isTrue();
                }
                assertThat(read(file, now)).hasSize(CAPACITY / 2);
            }
        }
    }

    @Test
    void aRecordThatWasWrittenInPartIsNone() throws Exception {
        try (SeenFile file = open()) {
            for (int i = 0; i < 3; i++) {
                file.keep(Kind.AUTH_ID, i, i, LATER, NOW);
            }
        }
        for (int at = 0; at < SeenFile.RECORD; at++) {
            flip(SeenFile.HEAD + SeenFile.RECORD + at);
            try (SeenFile file = open()) {
                assertThat(file.gap()).isNull();
                assertThat(read(file, NOW))
                        .as("byte %d", at)
                        .containsExactlyInAnyOrder(
                                new Value(Kind.AUTH_ID, 0, 0, LATER), new Value(Kind.AUTH_ID, 2, 2, LATER));
            }
            flip(SeenFile.HEAD + SeenFile.RECORD + at);
        }
    }

    private void flip(long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file().toFile(), "rw")) {
            bytes.seek(at);
            int value = bytes.read();
            bytes.seek(at);
            bytes.write(value ^ 0x10);
        }
    }

    @Test
    void aFileThatCannotBeReadIsMadeAnew() throws Exception {
        byte[] whole;
        try (SeenFile file = open()) {
            file.keep(Kind.AUTH_ID, 1, 1, LATER, NOW);
        }
        whole = Files.readAllBytes(file());
        for (int length : new int[] {1, 15, 16, SeenFile.HEAD, whole.length / 2, whole.length - 1}) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertMadeAnew("it is cut off");
        }
        Files.write(file(), Arrays.copyOf(whole, whole.length + 1));
        assertMadeAnew("it is cut off");
        byte[] other = whole.clone();
        other[7]++;
        Files.write(file(), other);
        assertMadeAnew("it is of another version");
        try (SeenFile file = SeenFile.open(file(), CAPACITY * 2, BOOT)) {
            assertThat(file.gap()).isEqualTo("it is of another size");
        }
    }

    private void assertMadeAnew(String reason) throws IOException {
        try (SeenFile file = open()) {
            assertThat(file.gap()).isEqualTo(reason);
            assertThat(read(file, NOW)).isEmpty();
            file.keep(Kind.AUTH_ID, 2, 2, LATER, NOW);
        }
        try (SeenFile file = open()) {
            assertThat(file.gap()).isNull();
            assertThat(read(file, NOW)).hasSize(1);
        }
    }

    @Test
    void oneNodeHasIt() throws Exception {
        try (SeenFile _ = open()) {
            assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("another node has it");
        }
        open().close();
    }

    @Test
    void whatAMachineLostThatWentDownIsNotTakenForKnown() throws Exception {
        try (SeenFile file = open()) {
            file.keep(Kind.AUTH_ID, 1, 1, LATER, NOW);
        }
        try (SeenFile file = SeenFile.open(file(), CAPACITY, BOOT + 1)) {
            assertThat(file.gap()).isNull();
            Files.copy(file(), folder.resolve("crashed"));
        }
        try (SeenFile file = SeenFile.open(folder.resolve("crashed"), CAPACITY, BOOT + 2)) {
            assertThat(file.gap()).isEqualTo("the machine went down while the node ran");
            assertThat(read(file, NOW)).hasSize(1);
        }
    }

    @Test
    void nothingIsLostWithAProcessThatIsKilled() throws Exception {
        Process writer = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        file().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = writer.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("written");
            assertThatThrownBy(() -> SeenFile.open(file(), CAPACITY)).hasMessageContaining("another node has it");
        } finally {
            writer.destroyForcibly().waitFor();
        }
        try (SeenFile file = SeenFile.open(file(), CAPACITY)) {
            assertThat(file.gap()).isNull();
            assertThat(read(file, NOW)).hasSize(Writer.VALUES);
        }
    }

    /** A process that ends by being killed. */
    static final class Writer {
        static final int VALUES = 100;

        private Writer() {}

        public static void main(String[] arguments) throws IOException {
            SeenFile file = SeenFile.open(Path.of(arguments[0]), CAPACITY);
            for (int i = 0; i < VALUES; i++) {
                file.keep(Kind.AUTH_ID, i, i, LATER, NOW);
            }
            System.out.println("written");
            // Until it is killed, or who would do so has died.
            while (System.in.read() >= 0) {}
        }
    }
}
