package io.culvert.it.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * A destination that keeps book: each connection says its number first, then sends the payload of that number, which is checked
 * byte by byte and sent back xored. A number that comes over two connections is a session that was dialled twice.
 */
public final class Ledger implements AutoCloseable {
    /** The length of a number. */
    static final int NUMBER_BYTES = Long.BYTES;

    private static final int BLOCK = 64 * 1024;

    private final TcpTarget target;
    private final Map<Long, Arrival> arrivals = new ConcurrentHashMap<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    /**
     * What arrived of a session.
     *
     * @param bytes behind the number
     * @param whole whether the client's end of it came, and not a reset
     */
    record Arrival(long bytes, boolean whole) {}

    /** A ledger on loopback. */
    public Ledger() {
        this(InetAddress.getLoopbackAddress());
    }

    /** A ledger on an address of this host. */
    public Ledger(InetAddress address) {
        target = new TcpTarget(address, Ports.free(), (_, connection) -> serve(connection));
    }

    public InetSocketAddress address() {
        return target.address();
    }

    /** Connections that are open now. */
    public int open() {
        return target.accepted() - target.ended();
    }

    private void serve(Socket connection) throws IOException {
        // Where the wire itself is cut nobody can tell it of the end.
        connection.setKeepAlive(true);
        connection.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 1);
        connection.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 1);
        InputStream in = connection.getInputStream();
        byte[] head = in.readNBytes(NUMBER_BYTES);
        if (head.length < NUMBER_BYTES) {
            return; // dialled, and given up before a byte
        }
        long number = ByteBuffer.wrap(head).getLong();
        if (arrivals.putIfAbsent(number, new Arrival(0, false)) != null) {
            faults.add("session " + number + " came twice");
        }
        try {
            echo(number, in, connection.getOutputStream());
        } catch (AssertionError e) {
            faults.add("session " + number + " at its destination: " + e.getMessage());
        }
    }

    private void echo(long number, InputStream in, OutputStream out) throws IOException {
        Payload payload = new Payload(number);
        byte[] block = new byte[BLOCK];
        byte[] expected = new byte[BLOCK];
        long at = 0;
        for (int read = in.read(block); read >= 0; read = in.read(block)) {
            payload.check(at, block, read, (byte) 0, expected);
            at += read;
            arrivals.put(number, new Arrival(at, false));
            Payload.xor(block, read, Payload.XOR);
            out.write(block, 0, read);
        }
        arrivals.put(number, new Arrival(at, true));
    }

    /** What arrived of a session, or null where nothing did. */
    @Nullable
    Arrival arrival(long number) {
        return arrivals.get(number);
    }

    /** What must not be: wrong bytes, doubled sessions. */
    List<String> faults() {
        return List.copyOf(faults);
    }

    @Override
    public void close() {
        target.close();
    }
}
