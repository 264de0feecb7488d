package io.culvert.transport.unix;

import io.culvert.transport.channel.SystemCalls;
import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * Sockets of abstract names that are padded to the full length of an address (wire-formats section 14.5): Netty keeps the last
 * byte of an address for itself. Nothing here blocks.
 */
final class PaddedSockets {
    private static final short AF_UNIX = 1;
    private static final int STREAM_NONBLOCK_CLOEXEC = 1 | 0x800 | 0x80000;
    private static final int PATH_AT = Short.BYTES;
    /** The name is behind the zero byte that makes it abstract. */
    private static final int NAME_AT = PATH_AT + 1;

    private static final int ADDRESS_BYTES = PATH_AT + UnixAddress.FULL_BYTES;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MethodHandle SOCKET =
            SystemCalls.function("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle BIND =
            SystemCalls.function("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle CONNECT =
            SystemCalls.function("connect", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
    private static final MethodHandle LISTEN = SystemCalls.function("listen", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle CLOSE = SystemCalls.function("close", FunctionDescriptor.of(INT, INT));

    private PaddedSockets() {}

    /** A listening socket's descriptor, which the caller owns. */
    static int listen(UnixAddress address, int backlog) throws IOException {
        return open((arena, state, descriptor) -> {
            check("bind", (int) BIND.invokeExact(state, descriptor, raw(arena, address), ADDRESS_BYTES), state);
            check("listen", (int) LISTEN.invokeExact(state, descriptor, backlog), state);
        });
    }

    /** A connected socket's descriptor, which the caller owns. */
    static int connect(UnixAddress address) throws IOException {
        return open((arena, state, descriptor) -> check(
                "connect", (int) CONNECT.invokeExact(state, descriptor, raw(arena, address), ADDRESS_BYTES), state));
    }

    private interface Use {
        void of(Arena arena, MemorySegment state, int descriptor) throws Throwable;
    }

    private static int open(Use use) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(SystemCalls.STATE);
            int descriptor = (int) SOCKET.invokeExact(state, (int) AF_UNIX, STREAM_NONBLOCK_CLOEXEC, 0);
            check("socket", descriptor, state);
            boolean usable = false;
            try {
                use.of(arena, state, descriptor);
                usable = true;
                return descriptor;
            } finally {
                if (!usable) {
                    close(state, descriptor);
                }
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("a socket of a padded name", e);
        }
    }

    private static void close(MemorySegment state, int descriptor) throws Throwable {
        check("close", (int) CLOSE.invokeExact(state, descriptor), state);
    }

    private static MemorySegment raw(Arena arena, UnixAddress address) {
        MemorySegment raw = arena.allocate(ADDRESS_BYTES, Short.BYTES);
        raw.set(ValueLayout.JAVA_SHORT, 0, AF_UNIX);
        byte[] name = address.name().getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(name, 0, raw, ValueLayout.JAVA_BYTE, NAME_AT, name.length);
        return raw;
    }

    private static void check(String call, int result, MemorySegment state) throws IOException {
        if (result < 0) {
            throw Errors.newIOException(call, -SystemCalls.errno(state));
        }
    }
}
