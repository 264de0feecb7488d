package io.culvert.transport.unix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
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

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN = function(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle FLOCK =
            function("flock", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

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
            MemorySegment state = arena.allocate(STATE);
            int descriptor = (int) OPEN.invokeExact(state, arena.allocateFrom(file.toString()), O_RDWR | O_CLOEXEC);
            if (descriptor < 0) {
                throw new IOException(file + ": error " + (int) ERRNO.get(state, 0L));
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
            MemorySegment state = arena.allocate(STATE);
            if ((int) FLOCK.invokeExact(state, descriptor, LOCK_EX | LOCK_NB) == 0) {
                return true;
            }
            int error = (int) ERRNO.get(state, 0L);
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
            int result = (int) CLOSE.invokeExact(arena.allocate(STATE), descriptor);
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

    @SuppressWarnings("restricted") // the launcher enables native access, as Netty's transport needs it too
    private static MethodHandle function(String name, FunctionDescriptor shape, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape, all);
    }
}
