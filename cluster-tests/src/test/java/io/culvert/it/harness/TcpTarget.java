package io.culvert.it.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A TCP server that a session ends at, with one of several manners. One virtual thread a connection. */
public final class TcpTarget implements AutoCloseable {
    private static final int BLOCK = 64 * 1024;

    /** What a target does with a connection; it closes the connection once this returns. */
    @FunctionalInterface
    public interface Manner {
        void serve(TcpTarget target, Socket connection) throws IOException;
    }

    private final ServerSocket listener;
    private final Manner manner;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicLong received = new AtomicLong();
    private final List<InetAddress> clients = new CopyOnWriteArrayList<>();

    /** Starts a target on a free port of 127.0.0.1. */
    public TcpTarget(Manner manner) {
        this(InetAddress.getLoopbackAddress(), Ports.free(), manner);
    }

    /** Starts a target. */
    public TcpTarget(InetAddress address, int port, Manner manner) {
        this.manner = manner;
        try {
            listener = new ServerSocket(port, 256, address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("target-" + port).start(this::accept);
    }

    /** Xors every byte with 'c' and sends it back, until the client ends. */
    public static TcpTarget xorEcho() {
        return new TcpTarget(TcpTarget::echo);
    }

    /** Reads to the end, then answers the eight bytes of the count that it read. */
    public static TcpTarget answersAtEnd() {
        return new TcpTarget((target, connection) -> {
            long count = target.drain(connection.getInputStream());
            connection
                    .getOutputStream()
                    .write(ByteBuffer.allocate(8).putLong(count).array());
        });
    }

    /** Says its name at once, then echoes. */
    public static TcpTarget speaksFirst(String name) {
        return new TcpTarget((target, connection) -> {
            connection.getOutputStream().write(name.getBytes(StandardCharsets.US_ASCII));
            echo(target, connection);
        });
    }

    /**
     * Once the client has said a byte, sends {@code bytes} of the payload, ends its output, then reads the client's stream to
     * its end. It waits because V2Ray's HTTP client loses what a target says before.
     */
    public static TcpTarget source(Payload payload, long bytes) {
        return new TcpTarget((target, connection) -> {
            target.received.addAndGet(connection.getInputStream().readNBytes(1).length);
            Streams.send(connection.getOutputStream(), payload, bytes);
            connection.shutdownOutput();
            target.drain(connection.getInputStream());
        });
    }

    /** Reads {@code bytesPerPace} at each pace. */
    public static TcpTarget slowReader(int bytesPerPace, Duration pace) {
        return new TcpTarget((target, connection) -> {
            byte[] block = new byte[bytesPerPace];
            for (int read = 0; read >= 0; read = connection.getInputStream().read(block)) {
                target.received.addAndGet(read);
                Await.pace(pace);
            }
        });
    }

    /** Never reads a byte, for as long as the target lives. */
    public static TcpTarget neverReads() {
        return new TcpTarget((target, _) -> Await.reached(Duration.ofMinutes(10), () -> target.listener.isClosed()));
    }

    /** Echoes up to {@code bytes}, then resets the connection. */
    public static TcpTarget resetsAfter(int bytes) {
        return new TcpTarget((_, connection) -> {
            byte[] block = connection.getInputStream().readNBytes(bytes);
            Payload.xor(block, block.length, Payload.XOR);
            connection.getOutputStream().write(block);
            // The answer travels before the reset: a reset overtakes what the other end has not read yet.
            Await.pace(Duration.ofMillis(300));
            connection.setSoLinger(true, 0);
        });
    }

    public int port() {
        return listener.getLocalPort();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    /** How many connections came. */
    public int accepted() {
        return accepted.get();
    }

    /** How many connections have ended, by whichever side. */
    public int ended() {
        return ended.get();
    }

    /** Bytes read over all connections. */
    public long received() {
        return received.get();
    }

    /** The source addresses of the connections, in their order. */
    public List<InetAddress> clients() {
        return List.copyOf(clients);
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket connection = listener.accept();
                accepted.incrementAndGet();
                clients.add(connection.getInetAddress());
                open.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            manner.serve(this, connection);
        } catch (IOException _) {
            // The client went away in its own manner; the test looks at counts, and at its own end.
        } finally {
            open.remove(connection);
            ended.incrementAndGet();
        }
    }

    private static void echo(TcpTarget target, Socket connection) throws IOException {
        InputStream in = connection.getInputStream();
        OutputStream out = connection.getOutputStream();
        byte[] block = new byte[BLOCK];
        for (int read = in.read(block); read >= 0; read = in.read(block)) {
            target.received.addAndGet(read);
            Payload.xor(block, read, Payload.XOR);
            out.write(block, 0, read);
        }
    }

    private long drain(InputStream in) throws IOException {
        byte[] block = new byte[BLOCK];
        long count = 0;
        for (int read = in.read(block); read >= 0; read = in.read(block)) {
            received.addAndGet(read);
            count += read;
        }
        return count;
    }

    @Override
    public String toString() {
        SocketAddress address = listener.getLocalSocketAddress();
        return "target " + address + ": " + accepted + " accepted, " + ended + " ended, " + received + " bytes";
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket connection : open) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
