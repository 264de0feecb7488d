package io.culvert.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.LogConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
            assertThat(log.enabled()).isFalse();
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsSaid() {
        LogConfig config = new LogConfig(folder.toString(), folder.toString(), LogConfig.Level.WARNING);
        assertThatThrownBy(() -> Logs.configure(config)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Logs.access(config)).isInstanceOf(IOException.class);
    }
}
