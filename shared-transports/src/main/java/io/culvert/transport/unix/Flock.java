package io.culvert.transport.unix;

import io.culvert.transport.channel.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive {@code flock(2)} on a file, which is what V2Ray takes. Java's own file locks are of another kind: the two do not
 * see each other.
 */
final class Flock implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int EWOULDBLOCK = 11;

    private static final MethodHandle OPEN = SystemCalls.function(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle FLOCK = SystemCalls.function(
            "flock", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            SystemCalls.function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final Path file;
    private final int descriptor;

    private Flock(Path file, int descriptor) {
        this.file = file;
        this.descriptor = descriptor;
    }

    /**
     * Takes the lock, making the file where it is absent. Blocks on the file system, never on the lock.
     *
     * @return the lock, or null where another holds it
     */
    static @Nullable Flock tryAcquire(Path file) throws IOException {
        // Made by Java, which does not follow a link that somebody has laid in the way.
        Files.newByteChannel(
                        file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))
                .close();
        Flock lock = new Flock(file, open(file));
        if (!lock.lock() || !lock.isOfTheFile()) {
            lock.closeDescriptor();
            return null;
        }
        return lock;
    }

    private static int open(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(SystemCalls.STATE);
            int descriptor = (int) OPEN.invokeExact(state, arena.allocateFrom(file.toString()), O_RDWR | O_CLOEXEC);
            if (descriptor < 0) {
                throw new IOException(file + ": error " + SystemCalls.errno(state));
            }
            return descriptor;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("open", e);
        }
    }

    private boolean lock() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(SystemCalls.STATE);
            if ((int) FLOCK.invokeExact(state, descriptor, LOCK_EX | LOCK_NB) == 0) {
                return true;
            }
            int error = SystemCalls.errno(state);
            if (error != EWOULDBLOCK) {
                closeDescriptor();
                throw new IOException(file + ": error " + error);
            }
            return false;
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("flock", e);
        }
    }

    /** Whoever held the lock before may have removed the file between our opening and our locking it. */
    private boolean isOfTheFile() throws IOException {
        try {
            return Objects.equals(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey(),
                    Files.readAttributes(
                                    Path.of("/proc/self/fd", Integer.toString(descriptor)), BasicFileAttributes.class)
                            .fileKey());
        } catch (NoSuchFileException _) {
            return false;
        }
    }

    private void closeDescriptor() {
        try (Arena arena = Arena.ofConfined()) {
            int result = (int) CLOSE.invokeExact(arena.allocate(SystemCalls.STATE), descriptor);
            if (result != 0) {
                throw new IllegalStateException("a lock is closed once: " + file);
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("close", e);
        }
    }

    /** Removes the file and gives the lock back, in this order. */
    @Override
    public void close() throws IOException {
        try {
            Files.deleteIfExists(file);
        } finally {
            closeDescriptor();
        }
    }
}
