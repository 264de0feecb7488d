package io.culvert.launcher.systemd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * Sends datagrams to a unix socket, for which the JDK has no channel: by the C library that the JVM runs on itself. On Linux. Any
 * thread; blocks only for as long as the receiver's buffer is full.
 */
final class NotifySocket {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int PATH_OFFSET = 2;

    /** The bytes of {@code sun_path}. */
    private static final int PATH_LENGTH = 108;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SOCKET =
            function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SEND_TO = function(
            "sendto", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final byte[] path;

    private NotifySocket(byte[] path) {
        this.path = path;
    }

    /**
     * @param name an absolute path, or {@code @} and an abstract name
     * @throws IOException where it is neither, or too long for an address
     */
    static NotifySocket of(String name) throws IOException {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = name.startsWith("@");
        // A path ends with a zero byte; the length alone ends an abstract name.
        int most = isAbstract ? PATH_LENGTH : PATH_LENGTH - 1;
        if (path.length > most || (!isAbstract && !name.startsWith("/"))) {
            throw new IOException("neither a path nor an abstract name of at most " + PATH_LENGTH + " bytes: " + name);
        }
        if (isAbstract) {
            path[0] = 0;
        }
        return new NotifySocket(path);
    }

    /** Sends one datagram. */
    void send(String text) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(PATH_OFFSET + PATH_LENGTH, Short.BYTES);
            address.set(JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_OFFSET, path.length);
            int length = PATH_OFFSET + path.length + (path[0] == 0 ? 0 : 1);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            send(arena.allocateFrom(JAVA_BYTE, bytes), address, length);
        }
    }

    private static void send(MemorySegment data, MemorySegment address, int length) throws IOException {
        try {
            int socket = (int) SOCKET.invokeExact(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
            if (socket < 0) {
                throw new IOException("no socket can be opened");
            }
            long sent = (long) SEND_TO.invokeExact(socket, data, data.byteSize(), MSG_NOSIGNAL, address, length);
            int closed = (int) CLOSE.invokeExact(socket);
            if (sent != data.byteSize() || closed != 0) {
                throw new IOException("nobody takes what is sent there");
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a call of the C library failed", e);
        }
    }

    /** Calls into native code, which the start of the JVM allows. */
    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, FunctionDescriptor signature) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), signature);
    }
}
