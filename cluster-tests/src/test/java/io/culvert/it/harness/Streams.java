package io.culvert.it.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** Moving payloads over blocking streams. */
public final class Streams {
    private static final int BLOCK = 64 * 1024;

    private Streams() {}

    /** Sends the first {@code bytes} of the payload. */
    public static void send(OutputStream out, Payload payload, long bytes) throws IOException {
        byte[] block = new byte[BLOCK];
        for (long at = 0; at < bytes; ) {
            int length = (int) Math.min(BLOCK, bytes - at);
            payload.fill(at, block, 0, length);
            out.write(block, 0, length);
            at += length;
        }
    }

    /**
     * Receives exactly {@code bytes} of the payload, each byte xored with {@code mask}, and checks them.
     *
     * @throws AssertionError at the first wrong byte, or where the stream ends early
     */
    public static void expect(InputStream in, Payload payload, long bytes, byte mask) throws IOException {
        byte[] block = new byte[BLOCK];
        byte[] expected = new byte[BLOCK];
        for (long at = 0; at < bytes; ) {
            int read = read(in, block, at, bytes);
            if (read < 0) {
                throw new AssertionError("the stream ended after " + at + " of " + bytes + " bytes");
            }
            payload.check(at, block, read, mask, expected);
            at += read;
        }
    }

    /** A read whose failure says how far the stream has come. */
    private static int read(InputStream in, byte[] block, long at, long bytes) throws IOException {
        try {
            return in.read(block, 0, (int) Math.min(BLOCK, bytes - at));
        } catch (SocketException e) {
            throw (SocketException) new SocketException(after(at, bytes, e)).initCause(e);
        } catch (SocketTimeoutException e) {
            throw (SocketTimeoutException) new SocketTimeoutException(after(at, bytes, e)).initCause(e);
        }
    }

    private static String after(long at, long bytes, IOException failure) {
        return failure.getMessage() + " after " + at + " of " + bytes + " bytes";
    }

    /** Sends bytes to an echo, then checks what comes back; few enough for the buffers on the way. */
    public static void exchange(Socket socket, long bytes) throws IOException {
        Payload payload = new Payload(4);
        send(socket.getOutputStream(), payload, bytes);
        expect(socket.getInputStream(), payload, bytes, Payload.XOR);
    }

    /** Fails unless the peer ends the session, in whichever manner, within the socket's timeout. */
    public static void expectOver(Socket socket) throws IOException {
        try {
            expectEnd(socket.getInputStream());
        } catch (SocketException _) {
            // A reset is an end too.
        }
    }

    /** Fails unless the stream ends here, without another byte. */
    public static void expectEnd(InputStream in) throws IOException {
        int next = in.read();
        if (next >= 0) {
            throw new AssertionError("a byte where the stream should have ended: " + next);
        }
    }
}
