package io.culvert.it.harness;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Work on a thread that has entered the network namespace of a machine: the sockets that it makes, and those of threads that it
 * starts, are that machine's. The thread ends with the work, since it cannot be trusted with anything else.
 */
public final class Inside {
    private static final int READ_ONLY = 0;
    private static final int NETWORK = 0x40000000;

    private Inside() {}

    /** Runs the work there, and returns what it returned; what it throws is wrapped in an {@link AssertionError}. */
    public static <T> T of(Machines.Machine machine, Callable<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("inside " + machine.address()).start(() -> {
            try {
                enter(machine.file().toString());
                done.complete(work.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw new AssertionError("inside " + machine.address() + ": " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted") // native access is what this is for
    private static void enter(String file) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle open = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("open"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(2));
        MethodHandle setns = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("setns"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        MethodHandle close = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(file);
            int descriptor = (int) open.invokeExact(path, READ_ONLY);
            if (descriptor < 0) {
                throw new IllegalStateException("cannot open " + file);
            }
            int entered = (int) setns.invokeExact(descriptor, NETWORK);
            int closed = (int) close.invokeExact(descriptor);
            if (entered != 0 || closed != 0) {
                throw new IllegalStateException("cannot enter " + file);
            }
        }
    }
}
