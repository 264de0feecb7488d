package io.culvert.benchmarks.farm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * One bulk flow through a proxy, each byte of which is looked at where it arrives. Client and destination are this process, so
 * that the end of a direction need not be told by the proxy: both know how long the flow is.
 */
public final class FlowLoad {
    private static final int WRITE_BYTES = 128 * 1024;
    private static final int READ_BYTES = 256 * 1024;
    /** No power of two, so that a buffer that is lost or sent twice does not fall on its like. */
    private static final int PERIOD = 1_000_003;

    private final ByteBuffer pattern = pattern();
    private final long bytes;

    private FlowLoad(long bytes) {
        this.bytes = bytes;
    }

    /**
     * Runs, and prints Gbit/s; fails where a byte is missing, or is not the one that was sent.
     *
     * @param args {@code PORT TARGET-PORT upload|download MIB}
     */
    public static void main(String[] args) throws Exception {
        FlowLoad load = new FlowLoad(Long.parseLong(args[3]) << 20);
        boolean upload = args[2].equals("upload");
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocketChannel listening = ServerSocketChannel.open()) {
            listening.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listening.bind(new InetSocketAddress(loopback, Integer.parseInt(args[1])));
            CompletableFuture<Void> served = new CompletableFuture<>();
            Thread.ofPlatform().daemon().start(() -> load.serve(listening, upload, served));
            try (SocketChannel client =
                    SocketChannel.open(new InetSocketAddress(loopback, Integer.parseInt(args[0])))) {
                long start = System.nanoTime();
                if (upload) {
                    load.send(client);
                    await(client);
                } else {
                    tell(client);
                    load.receive(client);
                }
                long nanos = System.nanoTime() - start;
                served.get();
                System.out.printf("%.2f%n", load.bytes * 8.0 / nanos);
            }
        }
    }

    private void serve(ServerSocketChannel listening, boolean upload, CompletableFuture<Void> served) {
        try (SocketChannel destination = listening.accept()) {
            if (upload) {
                receive(destination);
                tell(destination);
            } else {
                await(destination);
                send(destination);
            }
            served.complete(null);
            // Until the client has everything and goes: what comes behind a close may be lost in a proxy.
            while (destination.read(ByteBuffer.allocate(1)) >= 0) {
                throw new IOException("more than was sent has arrived");
            }
        } catch (IOException e) {
            served.completeExceptionally(e);
        }
    }

    private static void tell(SocketChannel to) throws IOException {
        to.write(ByteBuffer.wrap(new byte[] {1}));
    }

    private static void await(SocketChannel from) throws IOException {
        if (from.read(ByteBuffer.allocate(1)) != 1) {
            throw new IOException("the flow was cut");
        }
    }

    private void send(SocketChannel to) throws IOException {
        long sent = 0;
        while (sent < bytes) {
            ByteBuffer next = expected(sent, (int) Math.min(WRITE_BYTES, bytes - sent));
            sent += next.remaining();
            while (next.hasRemaining()) {
                to.write(next);
            }
        }
    }

    private void receive(SocketChannel from) throws IOException {
        ByteBuffer read = ByteBuffer.allocateDirect(READ_BYTES);
        long received = 0;
        while (received < bytes) {
            if (from.read(read.clear()) < 0) {
                throw new IOException("the flow ended after " + received + " bytes of " + bytes);
            }
            read.flip();
            while (read.hasRemaining()) {
                ByteBuffer expected = expected(received, read.remaining());
                int length = expected.remaining();
                if (received + length > bytes || expected.mismatch(read.slice(read.position(), length)) >= 0) {
                    throw new IOException("other bytes than were sent, behind byte " + received);
                }
                read.position(read.position() + length);
                received += length;
            }
        }
    }

    /** What the flow holds from a position on: so many bytes, or fewer up to the end of a period. */
    private ByteBuffer expected(long position, int length) {
        int at = (int) (position % PERIOD);
        return pattern.slice(at, Math.min(length, PERIOD - at));
    }

    private static ByteBuffer pattern() {
        byte[] once = new byte[PERIOD];
        new Random(1).nextBytes(once);
        return ByteBuffer.allocateDirect(PERIOD).put(once).flip();
    }
}
