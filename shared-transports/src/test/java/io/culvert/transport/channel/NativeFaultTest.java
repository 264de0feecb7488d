package io.culvert.transport.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;

class NativeFaultTest {
    private static UnsatisfiedLinkError notFound() {
        UnsatisfiedLinkError fault = new UnsatisfiedLinkError("could not load a native library: x");
        fault.addSuppressed(new UnsatisfiedLinkError("no x in java.library.path: /usr/lib"));
        return fault;
    }

    /** The trees are those of Netty. */
    @Test
    void theFolderIsNamedWhereItIsToBlame() {
        UnsatisfiedLinkError readOnly = notFound();
        readOnly.initCause(new FileSystemException("/tmp/libx.so", null, "Read-only file system"));
        assertThat(NativeFault.of(readOnly))
                .isEqualTo("no library can be unpacked: /tmp/libx.so: Read-only file system");
        UnsatisfiedLinkError noexec = notFound();
        noexec.addSuppressed(new UnsatisfiedLinkError("/tmp/libx.so exists but cannot be executed even when execute"
                + " permissions set; check volume for \"noexec\" flag"));
        assertThat(NativeFault.of(noexec)).isEqualTo("the folder is mounted noexec that has /tmp/libx.so");
    }

    @Test
    void elseWhatBroughtItAbout() {
        assertThat(NativeFault.of(new IllegalStateException("Only supported on Linux")))
                .isEqualTo("Only supported on Linux");
        assertThat(NativeFault.of(new RuntimeException("outer", new IllegalStateException("inner"))))
                .isEqualTo("inner");
    }
}
