package io.culvert.launcher.log;

import io.culvert.config.LogConfig.Rotation;
import io.culvert.files.FileFaults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of lines. A new one has mode 600, for it says who spoke with whom; the mode of one that is there is its owner's choice,
 * and that of the files that follow it. What is no regular file, such as {@code /dev/stdout} or a pipe, is written and never
 * renamed.
 */
final class LogFile implements LineSink {
    private static final Logger LOG = LoggerFactory.getLogger(LogFile.class);
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path path;
    private final Rotation rotation;
    private FileChannel channel;
    private long size;

    /** @throws IOException where it cannot be opened */
    LogFile(Path path, Rotation rotation) throws IOException {
        this.path = path;
        this.rotation = Files.exists(path) && !Files.isRegularFile(path) ? Rotation.NONE : rotation;
        this.channel = open(path, modeOf(path));
        this.size = channel.size();
    }

    /** The mode that the next file of this name is to have. */
    static Set<PosixFilePermission> modeOf(Path path) throws IOException {
        return Files.isRegularFile(path) ? Files.getPosixFilePermissions(path) : OWNER_ONLY;
    }

    /** Makes the file where it is missing. */
    static void make(Path path) throws IOException {
        open(path, modeOf(path)).close();
    }

    private static FileChannel open(Path path, Set<PosixFilePermission> mode) throws IOException {
        boolean missing = Files.notExists(path);
        FileChannel opened = FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        if (missing && !mode.equals(OWNER_ONLY)) {
            Files.setPosixFilePermissions(path, mode);
        }
        return opened;
    }

    @Override
    public void write(String lines) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
        if (rotation.maxBytes() > 0 && size > 0 && size + bytes.remaining() > rotation.maxBytes()) {
            rotate();
        }
        size += bytes.remaining();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private void rotate() {
        try {
            Set<PosixFilePermission> mode = modeOf(path);
            for (int number = rotation.keep() - 1; number > 0; number--) {
                move(numbered(number), numbered(number + 1));
            }
            move(path, numbered(1));
            replace(open(path, mode));
        } catch (IOException e) {
            LOG.error("the log {} cannot be renamed, and grows: {}", path, FileFaults.of(e));
        }
        // Where that failed, it is tried again after as much.
        size = 0;
    }

    private static void move(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Path numbered(int number) {
        return path.resolveSibling(path.getFileName() + "." + number);
    }

    @Override
    public void reopen() throws IOException {
        replace(open(path, modeOf(path)));
        size = channel.size();
    }

    private void replace(FileChannel next) throws IOException {
        FileChannel old = channel;
        channel = next;
        old.close();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
