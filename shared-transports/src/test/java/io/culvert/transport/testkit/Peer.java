package io.culvert.transport.testkit;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** The far end of a connection: Java's own blocking socket, with TLS or without. */
public final class Peer implements Closeable {
    private static final int TIMEOUT_MILLIS = (int) Await.LONG.toMillis();

    private final Socket raw;
    private final Socket socket;

    /** What came, and whether it ended cleanly. */
    public static final class Ending {
        private final byte[] bytes;
        private final boolean clean;

        private Ending(byte[] bytes, boolean clean) {
            this.bytes = bytes;
            this.clean = clean;
        }

        public byte[] bytes() {
            return bytes;
        }

        public boolean clean() {
            return clean;
        }
    }

    private Peer(Socket raw, Socket socket) throws IOException {
        this.raw = raw;
        this.socket = socket;
        raw.setSoTimeout(TIMEOUT_MILLIS);
    }

    /** A socket that is connected. */
    public static Peer of(Socket socket) throws IOException {
        return new Peer(socket, socket);
    }

    /** Connects; a receive buffer of more than 0 bytes is set first. */
    public static Peer connect(InetSocketAddress address, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(address, TIMEOUT_MILLIS);
        return of(socket);
    }

    /** The same connection with TLS on it, shaken hands. */
    public Peer startTls(SSLContext context, boolean client, String name, String version) throws IOException {
        return startTls(context, client, name, new String[] {version}, null);
    }

    /** The same connection with TLS on it, shaken hands. */
    public Peer startTls(SSLContext context, boolean client, String name, String[] versions, String @Nullable [] alpn)
            throws IOException {
        SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(raw, name, raw.getPort(), true);
        tls.setUseClientMode(client);
        tls.setEnabledProtocols(versions);
        if (alpn != null) {
            var parameters = tls.getSSLParameters();
            parameters.setApplicationProtocols(alpn);
            tls.setSSLParameters(parameters);
        }
        tls.startHandshake();
        return new Peer(raw, tls);
    }

    public Socket socket() {
        return socket;
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** Ends the output and goes on reading. */
    public void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Sends until it fails; fails itself if it never does. */
    public void sendUntilItFails() {
        byte[] chunk = new byte[1024];
        Await.until("a write to a connection that is gone fails", () -> {
            try {
                send(chunk);
                return false;
            } catch (IOException e) {
                return true;
            }
        });
    }

    public byte[] read(int count) throws IOException {
        return socket.getInputStream().readNBytes(count);
    }

    /** Everything until the end, whatever end it is. */
    public Ending readToEnd() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] chunk = new byte[16 * 1024];
        try {
            InputStream in = socket.getInputStream();
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                all.write(chunk, 0, count);
            }
            return new Ending(all.toByteArray(), true);
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("no end within " + Await.LONG + " after " + all.size() + " bytes", e);
        } catch (IOException e) {
            return new Ending(all.toByteArray(), false);
        }
    }

    /** Resets the connection. */
    public void reset() throws IOException {
        raw.setSoLinger(true, 0);
        raw.close();
    }

    @Override
    public void close() throws IOException {
        raw.close();
    }
}
