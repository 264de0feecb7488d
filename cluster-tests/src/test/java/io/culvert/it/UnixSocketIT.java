package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an inbound does with the file that it listens on. */
class UnixSocketIT {
    @TempDir
    static Path folder;

    @Test
    void the_file_has_its_permissions_and_goes_with_the_server() throws IOException {
        Path path = folder.resolve("permitted");
        try (ProxyNode server = ProxyNode.start(Program.CULVERT, alone(path + ",0640"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-r-----");
            assertThat(Path.of(path + ".lock")).exists();
            assertThat(server.terminate()).isZero();
            assertThat(path).doesNotExist();
            assertThat(Path.of(path + ".lock")).doesNotExist();
        }
    }

    @Test
    void a_socket_that_is_served_is_refused_in_one_line_and_one_that_was_left_is_taken() throws IOException {
        Path path = folder.resolve("contended");
        try (ProxyNode first = ProxyNode.start(Program.CULVERT, alone(path.toString()))) {
            NodeConfig second = new NodeConfig()
                    .portless("in", path.toString(), "socks", "{}", "{}")
                    .outbound("free", "freedom", "{}");
            assertThatThrownBy(() -> ProxyNode.start(Program.CULVERT, second))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("cannot listen on socks " + path)
                    .hasMessageNotContaining("\tat ");
            first.kill();
            assertThat(path).exists();
            try (ProxyNode third = ProxyNode.start(Program.CULVERT, alone(path.toString()))) {
                assertThat(third.isAlive()).isTrue();
            }
        }
    }

    private static NodeConfig alone(String listen) {
        return new NodeConfig()
                .portless("in", listen, "socks", "{}", "{}")
                .inbound("ready", Ports.free(), "socks", "{}")
                .outbound("free", "freedom", "{}");
    }
}
