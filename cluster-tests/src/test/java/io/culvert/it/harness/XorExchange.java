package io.culvert.it.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Several connections at once that send a payload and check the xored echo while they send. */
public final class XorExchange {
    private static final int READ_TIMEOUT_MILLIS = 30_000;

    private XorExchange() {}

    /** Where a connection comes from; it is closed by the exchange. */
    @FunctionalInterface
    public interface Dialler {
        Socket dial() throws IOException;
    }

    /** Something that a scenario does with a socket. */
    @FunctionalInterface
    public interface Act {
        void run() throws IOException;
    }

    /** Work for {@link #atOnce} whose failure names what it was for. */
    public static Runnable named(Object what, Act act) {
        return () -> {
            try {
                act.run();
            } catch (IOException | AssertionError e) {
                throw new AssertionError(what + ": " + e.getMessage(), e);
            }
        };
    }

    /** {@code connections} at once of {@code bytes} each, straight to an address. */
    public static void run(InetSocketAddress address, int connections, long bytes, Duration within) {
        run(() -> Clients.connect(address), connections, bytes, within);
    }

    /** {@code connections} at once of {@code bytes} each; every one must finish within the time. */
    public static void run(Dialler dialler, int connections, long bytes, Duration within) {
        List<Runnable> work = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            Payload payload = new Payload(7_919L * (i + 1) + bytes);
            work.add(() -> exchange(dialler, payload, bytes));
        }
        atOnce(work, within);
    }

    /** Runs all at once on threads of their own; fails with the first failure, or when the time is over. */
    public static void atOnce(List<Runnable> work, Duration within) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<?>[] all = work.stream()
                    .map(one -> CompletableFuture.runAsync(one, threads))
                    .toArray(CompletableFuture<?>[]::new);
            try {
                CompletableFuture.allOf(all).get(within.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                threads.shutdownNow();
                throw new AssertionError(String.valueOf(e.getMessage()), e);
            } catch (TimeoutException e) {
                threads.shutdownNow();
                long done =
                        List.of(all).stream().filter(CompletableFuture::isDone).count();
                throw new AssertionError(done + " of " + all.length + " done within " + within, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private static void exchange(Dialler dialler, Payload payload, long bytes) {
        try (Socket socket = dialler.dial()) {
            socket.setSoTimeout(READ_TIMEOUT_MILLIS);
            Thread sender = Thread.ofVirtual().start(() -> sendQuietly(socket, payload, bytes));
            try {
                Streams.expect(socket.getInputStream(), payload, bytes, Payload.XOR);
            } finally {
                sender.interrupt();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sendQuietly(Socket socket, Payload payload, long bytes) {
        try {
            Streams.send(socket.getOutputStream(), payload, bytes);
        } catch (IOException _) {
            // The receiving side of the same exchange sees the broken connection and reports it.
        }
    }
}
