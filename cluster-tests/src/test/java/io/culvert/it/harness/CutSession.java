package io.culvert.it.harness;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;

/** A session that is cut off in full flow: much of what one end has sent is still on its way when the other has gone. */
public final class CutSession {
    /** More than is on the way at once. */
    private static final long UPLOAD = 64L << 20;

    private static final int READ = 512 * 1024;

    private CutSession() {}

    /** A target that takes a part of what comes, at full speed, and then resets the connection. */
    public static TcpTarget target() {
        return new TcpTarget((_, connection) -> {
            connection.getInputStream().skipNBytes(READ);
            connection.setSoLinger(true, 0);
        });
    }

    /**
     * Sends until the target has gone.
     *
     * @param socket leads to a {@link #target()}
     */
    public static void upload(Socket socket, TcpTarget target, Duration within) throws IOException {
        int before = target.ended();
        try (socket) {
            Thread sender = Thread.ofVirtual().start(() -> send(socket));
            Await.until(within, target::toString, () -> target.ended() > before);
            socket.setSoLinger(true, 0);
            socket.close();
            if (!sender.join(within)) {
                throw new AssertionError("the sender of a closed connection hangs");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void send(Socket socket) {
        try {
            Streams.send(socket.getOutputStream(), new Payload(1), UPLOAD);
        } catch (IOException _) {
            // That is what it is for.
        }
    }

    /**
     * Takes a part of what comes, and resets.
     *
     * @param socket leads to a source of much more
     */
    public static void download(Socket socket) throws IOException {
        try (socket) {
            socket.getOutputStream().write(1);
            socket.getInputStream().skipNBytes(READ);
            socket.setSoLinger(true, 0);
        }
    }
}
