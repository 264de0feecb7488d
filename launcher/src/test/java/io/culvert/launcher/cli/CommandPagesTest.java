package io.culvert.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandPagesTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void everyCommandHasAPageAndEveryShellItsCompletion() throws Exception {
        CommandPages.write(folder, "2026-11-20");
        assertThat(Files.readString(folder.resolve("man/culvert.1")))
                .startsWith(".TH \"CULVERT\" \"1\" \"2026-11-20\"")
                .contains(".SH COMMANDS", "\\fBup\\fR", "Exit status");
        assertThat(Files.readString(folder.resolve("man/culvert-nodes-drain.1")))
                .contains(".SH SYNOPSIS");
        assertThat(Files.readString(folder.resolve("man/culvert-run.1")))
                .contains("\\-\\-drain\\-seconds N", ".SH OPTIONS");
        assertThat(Files.readString(folder.resolve("culvert.bash")))
                .contains("complete -F _complete_culvert", "--drain-seconds");
        assertThat(Files.readString(folder.resolve("_culvert")))
                .startsWith("#compdef culvert")
                .contains("--admin-token");
        assertThat(Files.readString(folder.resolve("culvert.fish"))).contains("-l admin-token -r");
    }
}
