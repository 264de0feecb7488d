package io.culvert.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFaultsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatTheSystemSaysIsPutIntoWords() {
        Path missing = folder.resolve("a.key");
        assertThat(FileFaults.of(fault(() -> Files.readString(missing))))
                .isEqualTo(missing + ": no such file or folder");
        Path below = folder.resolve("logs/a.log");
        assertThat(FileFaults.of(fault(() -> Files.newOutputStream(below).close())))
                .isEqualTo(below + ": the folder " + folder.resolve("logs") + " does not exist");
        assertThat(FileFaults.reason(fault(() -> Files.readString(folder)))).isEqualTo("it is a folder");
    }

    @Test
    void noClassIsNamed() {
        assertThat(FileFaults.of(new AccessDeniedException("/x"))).isEqualTo("/x: permission denied");
        assertThat(FileFaults.of(new FileAlreadyExistsException("/x"))).isEqualTo("/x: it exists already");
        assertThat(FileFaults.of(new FileSystemException("/x", null, "No space left on device")))
                .isEqualTo("/x: no space is left");
        assertThat(FileFaults.of(new MalformedInputException(1))).isEqualTo("it is no text in UTF-8");
        assertThat(FileFaults.of(new IOException((String) null))).isEqualTo("it cannot be read or written");
    }

    private static IOException fault(ThrowingCallable action) {
        return catchThrowableOfType(IOException.class, action);
    }
}
