package io.culvert.launcher.cluster;

import io.culvert.files.FileFaults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files that only their owner may read. */
final class SecretFiles {
    private static final FileAttribute<?> FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<?> FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final Set<PosixFilePermission> OWNER =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private SecretFiles() {}

    /** Makes a folder of mode 700, and those above it where they are missing. */
    static void makeFolder(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder, FOLDER);
        }
    }

    /** Writes a new file of mode 600. */
    static void write(Path file, String text) throws IOException {
        try (SeekableByteChannel channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FILE)) {
            ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /**
     * Reads a file.
     *
     * @throws ClusterFailure where it is missing, cannot be read, or others than its owner may read or write it
     */
    static String read(Path file) throws ClusterFailure {
        try {
            if (!OWNER.containsAll(Files.getPosixFilePermissions(file))) {
                throw new ClusterFailure(file
                        + " may be read by others: it holds a secret, so give it mode 600 (chmod 600 " + file + ")");
            }
            return Files.readString(file);
        } catch (NoSuchFileException _) {
            throw new ClusterFailure(
                    file + " is missing: \"culvert cluster init\" and \"culvert cluster cert\" make the"
                            + " secrets of a farm");
        } catch (IOException e) {
            throw new ClusterFailure(file + " cannot be read: " + FileFaults.reason(e));
        }
    }
}
