package io.culvert.transport.unix;

import java.io.IOException;
import java.net.BindException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/**
 * The file of a listening unix socket: guarded by an exclusive lock on {@code path.lock} for as long as it is listened on, so
 * that whoever holds the lock may remove what a server that died has left. All methods block on the file system.
 */
final class SocketFile implements AutoCloseable {
    private static final int TYPE_MASK = 0170000;
    private static final int TYPE_SOCKET = 0140000;
    private static final PosixFilePermission[] FROM_HIGHEST_BIT = {
        PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE,
        PosixFilePermission.GROUP_READ, PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_EXECUTE,
        PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE
    };

    private final Path path;
    private final Flock lock;

    private SocketFile(Path path, Flock lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Takes the lock and clears the way for a bind.
     *
     * @throws BindException where another server has the socket, or something that is no socket lies there
     */
    static SocketFile claim(Path path) throws IOException {
        Flock lock = Flock.tryAcquire(Path.of(path + ".lock"));
        if (lock == null) {
            throw new BindException(path + ": another server holds " + path.getFileName() + ".lock");
        }
        SocketFile claimed = new SocketFile(path, lock);
        try {
            claimed.removeStale();
        } catch (IOException e) {
            lock.close();
            throw e;
        }
        return claimed;
    }

    private void removeStale() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int type = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & TYPE_MASK;
        if (type != TYPE_SOCKET) {
            throw new BindException(path + ": there is a file that is no socket");
        }
        if (isServed()) {
            throw new BindException(path + ": address already in use");
        }
        Files.delete(path);
    }

    private boolean isServed() {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException _) {
            return false;
        }
    }

    /** Gives the bound socket its permissions. */
    void permit(int mode) throws IOException {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < FROM_HIGHEST_BIT.length; i++) {
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(FROM_HIGHEST_BIT[i]);
            }
        }
        Files.setPosixFilePermissions(path, permissions);
    }

    /** Removes the socket, then its lock. */
    @Override
    public void close() throws IOException {
        try {
            Files.deleteIfExists(path);
        } finally {
            lock.close();
        }
    }
}
