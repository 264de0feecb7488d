package io.culvert.transport.unix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.transport.testkit.Await;
import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class SocketFileTest {
    @TempDir
    Path folder;

    @Test
    void oneServerAtATime() throws IOException {
        Path path = folder.resolve("s");
        SocketFile first = SocketFile.claim(path);
        assertThatThrownBy(() -> SocketFile.claim(path))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("s.lock");
        first.close();
        assertThat(folder).isEmptyDirectory();
        SocketFile.claim(path).close();
    }

    @Test
    void anotherProgramsLockIsSeen() throws Exception {
        Path path = folder.resolve("s");
        Path ready = folder.resolve("ready");
        Process holder = new ProcessBuilder("flock", path + ".lock", "sh", "-c", "touch " + ready + "; exec cat")
                .redirectErrorStream(true)
                .start();
        try {
            Await.until("the lock is held", () -> !holder.isAlive() || Files.exists(ready));
            assertThat(Files.exists(ready)).isTrue();
            assertThatThrownBy(() -> SocketFile.claim(path)).isInstanceOf(BindException.class);
        } finally {
            assertThat(holder.destroyForcibly().waitFor(Await.LONG)).isTrue();
        }
    }

    @Test
    void whatADeadServerLeftIsRemoved() throws IOException {
        Path path = folder.resolve("s");
        bind(path).close();
        assertThat(path).exists();
        SocketFile claimed = SocketFile.claim(path);
        assertThat(path).doesNotExist();
        claimed.close();
    }

    @Test
    void whatIsServedOrIsNoSocketStays() throws IOException {
        Path path = folder.resolve("s");
        try (ServerSocketChannel living = bind(path)) {
            assertThat(living.isOpen()).isTrue();
            assertThatThrownBy(() -> SocketFile.claim(path)).hasMessageContaining("already in use");
            assertThat(path).exists();
        }
        Path file = Files.writeString(folder.resolve("file"), "precious");
        assertThatThrownBy(() -> SocketFile.claim(file)).hasMessageContaining("no socket");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        assertThatThrownBy(() -> SocketFile.claim(link)).hasMessageContaining("no socket");
        assertThat(file).hasContent("precious");
        // A lock that is refused is given back.
        assertThat(folder.resolve("file.lock")).doesNotExist();
    }

    @Test
    void aLockThatIsALinkIsNotFollowed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "precious");
        Files.createSymbolicLink(folder.resolve("s.lock"), file);
        assertThatThrownBy(() -> SocketFile.claim(folder.resolve("s"))).isInstanceOf(IOException.class);
        assertThat(file).hasContent("precious");
    }

    @Test
    void permissions() throws IOException {
        Path path = folder.resolve("s");
        SocketFile claimed = SocketFile.claim(path);
        try (ServerSocketChannel bound = bind(path)) {
            assertThat(bound.isOpen()).isTrue();
            claimed.permit(0640);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)))
                    .isEqualTo("rw-r-----");
        }
        claimed.close();
    }

    private static ServerSocketChannel bind(Path path) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        return server;
    }
}
