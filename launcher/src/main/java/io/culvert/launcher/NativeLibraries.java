package io.culvert.launcher;

import io.culvert.files.FileFaults;
import io.culvert.transport.channel.NativeFault;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where Netty unpacks its native libraries: in the temporary folder, and in the state folder where nothing can be loaded from
 * that, as in containers that mount it noexec or read-only. On Linux; elsewhere there are none.
 */
public final class NativeLibraries {
    /** Netty's own; an operator who sets one of these has chosen. */
    private static final String WORK_FOLDER = "io.netty.native.workdir";

    private static final List<String> CHOSEN = List.of(WORK_FOLDER, "io.netty.tmpdir", "io.netty.transport.noNative");
    private static final String IN_STATE = "native";
    private static final FileAttribute<?> EXECUTABLE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final String WITHOUT =
            "sockets and TLS are the JDK's, which need more CPU; unix sockets, \"sockopt\" and the transport \"quic\" are"
                    + " missing";

    private NativeLibraries() {}

    /**
     * What is to be said of it, and where libraries are to be unpacked.
     *
     * @param folder null for where Netty does by itself
     * @param warning null for none
     */
    record Choice(@Nullable Path folder, @Nullable String warning) {}

    /**
     * Chooses the folder. To be called before anything is used that loads a native library.
     *
     * @param state the state folder, made where it is needed
     * @param warnings is told what an operator should know, a line each
     */
    public static void prepare(Path state, Consumer<String> warnings) {
        if (!isLinux() || CHOSEN.stream().anyMatch(key -> System.getProperty(key) != null)) {
            return;
        }
        Choice choice = choose(Path.of(System.getProperty("java.io.tmpdir", "/tmp")), state);
        if (choice.folder() != null) {
            System.setProperty(WORK_FOLDER, choice.folder().toString());
        }
        if (choice.warning() != null) {
            warnings.accept("warning: " + choice.warning());
        }
    }

    /** Says why, where the native transport has not been loaded and nobody has asked for that. Loads it. */
    public static void check(Consumer<String> warnings) {
        if (isLinux() && System.getProperty("io.netty.transport.noNative") == null && !Epoll.isAvailable()) {
            warnings.accept("warning: the native transport does not load: "
                    + NativeFault.of(Epoll.unavailabilityCause()) + ": " + WITHOUT);
        }
    }

    private static boolean isLinux() {
        return System.getProperty("os.name", "").equals("Linux");
    }

    static Choice choose(Path usual, Path state) {
        String fault = fault(usual);
        if (fault == null) {
            return new Choice(null, null);
        }
        Path own = state.toAbsolutePath().resolve(IN_STATE);
        String ownFault = make(own, state);
        ownFault = ownFault == null ? fault(own) : ownFault;
        String why = "native libraries cannot be loaded from " + usual + ": " + fault;
        return ownFault == null
                ? new Choice(own, why + "; they are unpacked in " + own)
                : new Choice(
                        null,
                        why + "; nor from " + own + ": " + ownFault + "; CULVERT_JAVA_OPTS=-D" + WORK_FOLDER
                                + "=FOLDER names another folder");
    }

    private static @Nullable String make(Path own, Path state) {
        try (StateFolder _ = StateFolder.open(state)) {
            if (!Files.isDirectory(own)) {
                Files.createDirectory(own, EXECUTABLE);
            }
            return null;
        } catch (StartFailure e) {
            return e.getMessage();
        } catch (IOException e) {
            return FileFaults.of(e);
        }
    }

    /** Why nothing can be loaded from a folder, or null. */
    private static @Nullable String fault(Path folder) {
        try {
            Path probe = Files.createTempFile(folder, "culvert", ".so", EXECUTABLE);
            try {
                // The owner may execute it, so what forbids it is the file system.
                return Files.isExecutable(probe) ? null : "it is mounted noexec";
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            return Files.isDirectory(folder) ? FileFaults.reason(e) : "there is no such folder";
        }
    }
}
