package io.culvert.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.LogConfig;
import io.culvert.config.Position;
import io.culvert.ingress.session.SessionLog;
import io.culvert.transport.testkit.Await;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class LogsTest {
    @TempDir
    private Path folder = Path.of("");

    @AfterEach
    void asItIsWithoutASection() throws Exception {
        Logs.configure(LogConfig.ABSENT);
    }

    private List<String> logged(LogConfig.Level level) throws IOException {
        Path file = folder.resolve("error.log");
        Logs.configure(new LogConfig("none", file.toString(), level));
        for (String name : new String[] {"io.culvert.x", "io.vertx.x"}) {
            LoggerFactory.getLogger(name).info("info of {}", name);
            LoggerFactory.getLogger(name).warn("warning of {}\nforged", name);
            LoggerFactory.getLogger(name).error("error of {}", name);
        }
        Logs.configure(LogConfig.ABSENT);
        return Files.readAllLines(file);
    }

    @Test
    void linesAreV2rays() throws Exception {
        assertThat(logged(LogConfig.Level.INFO))
                .allMatch(line -> line.matches("\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d \\[(Info|Warning|Error)] .*"))
                .extracting(line -> line.substring(20))
                .containsExactly(
                        "[Info] info of io.culvert.x",
                        "[Warning] warning of io.culvert.x?forged",
                        "[Error] error of io.culvert.x",
                        "[Warning] warning of io.vertx.x?forged",
                        "[Error] error of io.vertx.x");
    }

    @Test
    void theLevelIsTheLeast() throws Exception {
        assertThat(logged(LogConfig.Level.ERROR)).hasSize(2).allMatch(line -> line.contains("[Error]"));
        Files.delete(folder.resolve("error.log"));
        assertThat(logged(LogConfig.Level.NONE)).isEmpty();
    }

    private static LogConfig both(Path access, Path error, LogConfig.Format format, LogConfig.Rotation rotation) {
        return new LogConfig(
                access.toString(),
                error.toString(),
                LogConfig.Level.WARNING,
                format,
                rotation,
                Position.NONE,
                Position.NONE);
    }

    @Test
    void objectsAreWholeWhateverIsSaid() throws Exception {
        Path file = folder.resolve("error.log");
        Logs.configure(both(folder.resolve("a"), file, LogConfig.Format.JSON, LogConfig.Rotation.NONE));
        LoggerFactory.getLogger("io.culvert.x").warn("\"quoted\" {}", "a\nb\u001b");
        LoggerFactory.getLogger("io.culvert.x").error("fault", new IllegalStateException("x\ny"));
        Logs.configure(LogConfig.ABSENT);
        List<JsonObject> lines =
                Files.readAllLines(file).stream().map(JsonObject::new).toList();
        assertThat(lines)
                .hasSize(2)
                .allMatch(line -> line.getString("time")
                        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d)"));
        assertThat(lines.getFirst().fieldNames()).containsExactly("time", "level", "logger", "message");
        assertThat(lines.getFirst().getString("level")).isEqualTo("warning");
        assertThat(lines.getFirst().getString("logger")).isEqualTo("io.culvert.x");
        assertThat(lines.getFirst().getString("message")).isEqualTo("\"quoted\" a\nb\u001b");
        assertThat(lines.getLast().getString("stack")).startsWith("java.lang.IllegalStateException: x\ny\n\tat ");
    }

    @Test
    void filesAreTheirOwnersAndAModeThatIsThereStays() throws Exception {
        Path access = folder.resolve("access.log");
        Path error = folder.resolve("error.log");
        LogConfig config = both(access, error, LogConfig.Format.TEXT, new LogConfig.Rotation(1 << 20, 2));
        Logs.configure(config);
        Logs.access(config).close();
        assertThat(mode(access)).isEqualTo("rw-------");
        assertThat(mode(error)).isEqualTo("rw-------");
        for (Path file : List.of(access, error)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        }
        Logs.configure(LogConfig.ABSENT);
        Logs.configure(config);
        Logs.access(config).close();
        assertThat(mode(access)).isEqualTo("rw-r-----");
        assertThat(mode(error)).isEqualTo("rw-r-----");
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1 << 20})
    void afterARenameLinesGoToTheNameAgain(long maxBytes) throws Exception {
        Path access = folder.resolve("access.log");
        Path error = folder.resolve("error.log");
        LogConfig config = both(access, error, LogConfig.Format.TEXT, new LogConfig.Rotation(maxBytes, 2));
        Logs.configure(config);
        try (AccessLog log = Logs.access(config)) {
            log.write("one");
            LoggerFactory.getLogger("x").warn("one");
            Await.until("the line is written", () -> access.toFile().length() > 0);
            for (Path file : List.of(access, error)) {
                Files.move(file, Path.of(file + ".old"));
            }
            Logs.reopen();
            log.reopen();
            LoggerFactory.getLogger("x").warn("two");
            log.write("two");
        }
        Logs.configure(LogConfig.ABSENT);
        for (Path file : List.of(access, error)) {
            assertThat(Files.readAllLines(Path.of(file + ".old")))
                    .singleElement()
                    .asString()
                    .endsWith("one");
            assertThat(Files.readAllLines(file)).singleElement().asString().endsWith("two");
            assertThat(mode(file)).isEqualTo("rw-------");
        }
    }

    @Test
    void whatCannotBeOpenedAgainStaysAsItIs() throws Exception {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        Path access = gone.resolve("access.log");
        Path error = gone.resolve("error.log");
        LogConfig config = both(access, error, LogConfig.Format.TEXT, LogConfig.Rotation.NONE);
        Logs.configure(config);
        AccessLog log = Logs.access(config);
        try (log) {
            Path moved = Files.move(gone, folder.resolve("moved"));
            assertThatThrownBy(Logs::reopen).isInstanceOf(IOException.class);
            log.reopen();
            LoggerFactory.getLogger("x").warn("two");
            log.write("two");
            Await.until(
                    "the old file takes it",
                    () -> moved.resolve("access.log").toFile().length() > 0);
            assertThat(Files.readString(moved.resolve("error.log"))).contains("two\n");
        }
        assertThat(log.unwritten()).isZero();
    }

    @Test
    void filesAreBoundedInSizeAndNumber() throws Exception {
        int keep = 2;
        Path access = folder.resolve("access.log");
        Path error = folder.resolve("100%d.log");
        LogConfig config = both(access, error, LogConfig.Format.TEXT, new LogConfig.Rotation(4_096, keep));
        Logs.configure(config);
        Files.writeString(access, "");
        Files.setPosixFilePermissions(access, PosixFilePermissions.fromString("rw-r-----"));
        String line = "x".repeat(1_000);
        try (LogFile file = new LogFile(access, config.rotation())) {
            for (int i = 0; i < 40; i++) {
                file.write(line + i + "\n");
                LoggerFactory.getLogger("x").warn("{}{}", line, i);
            }
        }
        Logs.configure(LogConfig.ABSENT);
        for (Path file : List.of(access, error)) {
            assertThat(Path.of(file + "." + (keep + 1))).doesNotExist();
            long most = 4_096 + 1_100;
            for (int number = 1; number <= keep; number++) {
                assertThat(Files.size(Path.of(file + "." + number))).isBetween(3_000L, most);
            }
            assertThat(Files.size(file)).isLessThanOrEqualTo(most);
            // The newest of those that were renamed ends where the file begins.
            assertThat(last(Path.of(file + "." + 1)) + 1).isEqualTo(first(file));
            assertThat(last(Path.of(file + "." + 2)) + 1).isEqualTo(first(Path.of(file + "." + 1)));
            assertThat(last(file)).isEqualTo(39);
        }
        assertThat(mode(access)).isEqualTo("rw-r-----");
        assertThat(mode(error)).isEqualTo("rw-------");
    }

    private static int first(Path file) throws IOException {
        return numberOf(Files.readAllLines(file).getFirst());
    }

    private static int last(Path file) throws IOException {
        return numberOf(Files.readAllLines(file).getLast());
    }

    private static int numberOf(String line) {
        return Integer.parseInt(line.substring(line.lastIndexOf('x') + 1));
    }

    @Test
    void aDeviceIsWrittenAndNeverRenamed() throws Exception {
        Path device = Path.of("/dev/null");
        LogConfig config = both(device, device, LogConfig.Format.TEXT, new LogConfig.Rotation(1, 1));
        Logs.configure(config);
        try (AccessLog log = Logs.access(config)) {
            for (int i = 0; i < 3; i++) {
                log.write("x");
                LoggerFactory.getLogger("x").warn("x");
            }
            Logs.reopen();
        }
        assertThat(Path.of("/dev/null.1")).doesNotExist();
        assertThat(device).exists();
    }

    @Test
    void theAccessLogGoesToItsFileOrNowhere() throws Exception {
        Path file = folder.resolve("access.log");
        try (AccessLog log = Logs.access(new LogConfig(file.toString(), "", LogConfig.Level.WARNING))) {
            log.write("x");
        }
        try (AccessLog log = Logs.access(new LogConfig(file.toString(), "", LogConfig.Level.WARNING))) {
            log.write("y");
        }
        assertThat(Files.readAllLines(file))
                .extracting(line -> line.substring(20))
                .containsExactly("x", "y");
        try (AccessLog log = Logs.access(LogConfig.ABSENT)) {
            assertThat(log.sessions()).isSameAs(SessionLog.NONE);
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsSaid() {
        LogConfig config = new LogConfig(folder.toString(), folder.toString(), LogConfig.Level.WARNING);
        assertThatThrownBy(() -> Logs.configure(config)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Logs.access(config)).isInstanceOf(IOException.class);
    }
}
