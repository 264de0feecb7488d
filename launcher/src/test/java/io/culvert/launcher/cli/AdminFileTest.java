package io.culvert.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose word a state folder holds. */
class AdminFileTest {
    private static final InetSocketAddress OWN = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9_800);

    /** Some process that runs, and that is not this one. */
    private final ProcessHandle other = ProcessHandle.current().parent().orElseThrow();

    @TempDir
    private Path state = Path.of("");

    private void leave(long pid, long started) throws Exception {
        JsonObject word = new JsonObject()
                .put("address", "127.0.0.1:1")
                .put("token", "t")
                .put("pid", pid)
                .put("started", started);
        Files.writeString(state.resolve("admin.json"), word.encode());
    }

    private String write() throws Exception {
        return AdminFile.write(state, OWN, state.resolve("token"));
    }

    private static long startOf(ProcessHandle process) {
        return process.info().startInstant().orElseThrow().toEpochMilli();
    }

    @Test
    void theWordOfANodeThatRunsStays() throws Exception {
        leave(other.pid(), startOf(other));
        assertThat(write()).isEqualTo("pid " + other.pid() + ", admin 127.0.0.1:1");
        AdminFile.remove(state);
        assertThat(AdminFile.readAll(state).getFirst().address()).isEqualTo("127.0.0.1:1");
    }

    @Test
    void theNumberOfAProcessThatHasEndedMayBeAnothers() throws Exception {
        leave(other.pid(), startOf(other) - 1);
        assertThat(write()).isEmpty();
        assertThat(AdminFile.readAll(state).getFirst().address()).isEqualTo("127.0.0.1:9800");
    }

    @Test
    void whoWroteItRemovesIt() throws Exception {
        assertThat(write()).isEmpty();
        AdminFile.remove(state);
        assertThat(state.resolve("admin.json")).doesNotExist();
    }
}
