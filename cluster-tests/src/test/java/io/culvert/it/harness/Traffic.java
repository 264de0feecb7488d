package io.culvert.it.harness;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One session that sends and checks bytes until it is told to end; the target is an xor echo. */
public final class Traffic implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(20);
    private static final int BLOCK = 16 * 1024;

    private final Socket socket;
    private final Payload payload;
    private final AtomicLong exchanged = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();
    private final Thread thread;
    private volatile boolean ending;

    private Traffic(Socket socket, Payload payload) {
        this.socket = socket;
        this.payload = payload;
        this.thread = Thread.ofVirtual().unstarted(this::run);
    }

    /** Begins to exchange bytes over a connection that leads to the echo. */
    public static Traffic over(Socket socket, long seed) {
        Traffic traffic = new Traffic(socket, new Payload(seed));
        traffic.thread.start();
        return traffic;
    }

    private void run() {
        byte[] expected = new byte[BLOCK];
        try {
            while (!ending) {
                long at = exchanged.get();
                socket.getOutputStream().write(payload.bytes(at, BLOCK));
                payload.check(at, Clients.exactly(socket.getInputStream(), BLOCK), BLOCK, Payload.XOR, expected);
                exchanged.addAndGet(BLOCK);
            }
            socket.shutdownOutput();
            Streams.expectEnd(socket.getInputStream());
        } catch (IOException | RuntimeException | AssertionError e) {
            fault.set(e);
        }
    }

    /** Bytes that went there and back. */
    public long exchanged() {
        return exchanged.get();
    }

    /** Whether it has been cut. */
    public boolean isCut() {
        return fault.get() != null;
    }

    /** Fails unless bytes go on to move. */
    public void expectFlow() {
        long before = exchanged.get();
        Await.until(WITHIN, () -> "no byte moves: " + fault.get(), () -> {
            Throwable cause = fault.get();
            if (cause != null) {
                throw new AssertionError("the session was cut after " + exchanged.get() + " bytes", cause);
            }
            return exchanged.get() > before;
        });
    }

    /** Ends it in order; fails where it had been disturbed. */
    public void finish() {
        ending = true;
        try {
            if (!thread.join(WITHIN)) {
                throw new AssertionError("the session hangs after " + exchanged.get() + " bytes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        Throwable cause = fault.get();
        if (cause != null) {
            throw new AssertionError("the session was cut after " + exchanged.get() + " bytes", cause);
        }
    }

    @Override
    public void close() throws IOException {
        ending = true;
        socket.close();
    }
}
