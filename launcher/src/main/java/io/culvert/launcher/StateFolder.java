package io.culvert.launcher;

import io.culvert.files.FileFaults;
import io.culvert.launcher.files.DurableFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/**
 * The folder in which a node keeps what must be the same at the next start: mode 700, its files mode 600. Open, it is
 * locked, so that of two starts at once one makes the state and looks for ports, then the other.
 */
public final class StateFolder implements AutoCloseable {
    /** The file with the admin API's bearer token. */
    public static final String ADMIN_TOKEN = "admin-token";

    /** The file with the bearer token of the metrics. */
    public static final String METRICS_TOKEN = "metrics-token";

    /** The file with the VMess headers that have been used, or how its name begins. */
    public static final String SEEN_HEADERS = "vmess-seen";

    private static final FileAttribute<?> FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<?> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path folder;
    private final FileChannel lock;

    private StateFolder(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /** {@code $XDG_STATE_HOME/culvert}, or {@code ~/.local/state/culvert}. */
    public static Path byDefault(Map<String, String> environment, Path home) {
        String configured = environment.getOrDefault("XDG_STATE_HOME", "");
        // The XDG rules: a relative path is to be ignored.
        Path base = configured.startsWith("/") ? Path.of(configured) : home.resolve(".local/state");
        return base.resolve("culvert");
    }

    /**
     * Makes the folder where it is missing, and waits for its lock. Blocks.
     *
     * @throws StartFailure where the folder cannot be made or written
     */
    public static StateFolder open(Path path) throws StartFailure {
        try {
            Path folder = path.toAbsolutePath();
            if (!Files.isDirectory(folder)) {
                Path parent = folder.getParent();
                if (parent != null) {
                    Files.createDirectories(parent);
                }
                createFolder(folder);
            }
            FileChannel lock = FileChannel.open(
                    folder.resolve("lock"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), FILE);
            lock.lock();
            return new StateFolder(folder, lock);
        } catch (FileAlreadyExistsException e) {
            throw unusable(path, e.getFile() + " is no folder");
        } catch (IOException e) {
            throw unusable(path, FileFaults.of(e));
        }
    }

    private static StartFailure unusable(Path path, String why) {
        return new StartFailure("the state folder " + path + " cannot be used: " + why + "; --state names another one");
    }

    /**
     * Makes the folder of a file where it is missing, as a state folder. Blocks.
     *
     * @return the file
     * @throws IOException where the folder cannot be made or written
     */
    public static Path ready(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(file + " is no file");
        }
        try (StateFolder _ = open(folder)) {
            return file;
        } catch (StartFailure e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static void createFolder(Path folder) throws IOException {
        try {
            Files.createDirectory(folder, FOLDER);
        } catch (IOException e) {
            // Another start may have been quicker.
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
    }

    public Path resolve(String name) {
        return folder.resolve(name);
    }

    public boolean has(String name) {
        return Files.exists(folder.resolve(name));
    }

    public String read(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    /** Writes a file so that a reader finds the old one or the new one, never a part, also after a loss of power. */
    public void write(String name, String text) throws IOException {
        DurableFile.write(folder.resolve(name), text);
    }

    /** Lets the next start go on. */
    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
