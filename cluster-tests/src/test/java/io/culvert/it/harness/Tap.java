package io.culvert.it.harness;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A forwarder between two nodes that keeps what the client side sent, as somebody on the wire could. */
public final class Tap implements AutoCloseable {
    private final ServerSocket listener;
    private final InetSocketAddress server;
    private final List<Recording> recordings = new CopyOnWriteArrayList<>();

    /** Starts one in front of a port of 127.0.0.1. */
    public Tap(int serverPort) {
        server = new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort);
        try {
            listener = new ServerSocket(Ports.free(), 64, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** What the client of the n-th connection has sent so far. */
    public byte[] sent(int connection) {
        return recordings.get(connection).bytes();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Recording recording = new Recording();
                recordings.add(recording);
                Socket upstream = Clients.connect(server);
                Thread.ofVirtual().start(() -> copy(client, upstream, recording));
                Thread.ofVirtual().start(() -> copy(upstream, client, new Recording()));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static void copy(Socket from, Socket to, Recording recording) {
        byte[] block = new byte[16 * 1024];
        try (from;
                to) {
            from.setSoTimeout(0);
            for (int read = from.getInputStream().read(block);
                    read >= 0;
                    read = from.getInputStream().read(block)) {
                recording.add(block, read);
                to.getOutputStream().write(block, 0, read);
            }
        } catch (IOException _) {
            // One of the two went away; both sockets are closed, as a broken wire would do.
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Recording {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        synchronized void add(byte[] block, int length) {
            bytes.write(block, 0, length);
        }

        synchronized byte[] bytes() {
            return bytes.toByteArray();
        }
    }
}
