package io.culvert.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A UDP link on loopback that delays packets and loses some. Which ones is a matter of the seed, the client's turn, the direction
 * and the packet's turn, and of nothing else: every program that is measured loses the same turns.
 *
 * <p>One file without dependencies, so that {@code java LossyRelay.java} runs it.
 */
public final class LossyRelay {
    private static final int MOST_BYTES = 2_048;
    private static final int SOCKET_BUFFER = 4 << 20;

    private final InetSocketAddress server;
    private final double loss;
    private final long delayNanos;
    private final long seed;
    private final DatagramChannel listener;
    private final Map<SocketAddress, Line> toServer = new HashMap<>();

    private LossyRelay(int port, InetSocketAddress server, double loss, long delayNanos, long seed) throws IOException {
        this.server = server;
        this.loss = loss;
        this.delayNanos = delayNanos;
        this.seed = seed;
        this.listener = open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private static DatagramChannel open() throws IOException {
        return DatagramChannel.open()
                .setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER)
                .setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER);
    }

    /**
     * Relays until it is killed.
     *
     * @param arguments the port to listen on, the server's port, loss in percent, delay one way in milliseconds, the seed
     */
    public static void main(String[] arguments) throws IOException {
        LossyRelay relay = new LossyRelay(
                Integer.parseInt(arguments[0]),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1])),
                Double.parseDouble(arguments[2]) / 100,
                TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[3])),
                Long.parseLong(arguments[4]));
        relay.run();
    }

    private void run() throws IOException {
        while (true) {
            ByteBuffer packet = ByteBuffer.allocate(MOST_BYTES);
            SocketAddress source = listener.receive(packet);
            packet.flip();
            Line line = toServer.get(source);
            if (line == null) {
                line = begin(source);
                toServer.put(source, line);
            }
            line.carry(packet);
        }
    }

    /** A client's first packet: a socket of its own towards the server, and a line each way. */
    private Line begin(SocketAddress client) throws IOException {
        DatagramChannel socket = open().connect(server);
        int turn = toServer.size();
        Line back = new Line(2L * turn + 1, packet -> listener.send(packet, client));
        Thread.ofPlatform().daemon().start(() -> {
            while (true) {
                ByteBuffer packet = ByteBuffer.allocate(MOST_BYTES);
                try {
                    socket.receive(packet);
                } catch (PortUnreachableException _) {
                    continue; // the server is not there yet, or no longer
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                back.carry(packet.flip());
            }
        });
        return new Line(2L * turn, socket::write);
    }

    @FunctionalInterface
    private interface End {
        int send(ByteBuffer packet) throws IOException;
    }

    private record Waiting(long due, ByteBuffer packet) {}

    /** One direction of one client: what goes in comes out later and in order, or not at all. */
    private final class Line {
        private final long name;
        private final End end;
        private final LinkedBlockingQueue<Waiting> onTheWay = new LinkedBlockingQueue<>();
        private long turn;

        Line(long name, End end) {
            this.name = name;
            this.end = end;
            Thread.ofPlatform().daemon().start(this::deliver);
        }

        void carry(ByteBuffer packet) {
            if (isLost(turn++)) {
                return;
            }
            onTheWay.add(new Waiting(System.nanoTime() + delayNanos, packet));
        }

        private boolean isLost(long turn) {
            long mixed = (seed * 31 + name) * 0x9E3779B97F4A7C15L + turn * 0xD1B54A32D192ED03L;
            mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
            mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
            return ((mixed ^ (mixed >>> 31)) >>> 11) * 0x1p-53 < loss;
        }

        private void deliver() {
            while (true) {
                Waiting next;
                try {
                    next = onTheWay.take();
                } catch (InterruptedException _) {
                    return;
                }
                for (long left = next.due - System.nanoTime(); left > 0; left = next.due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                try {
                    end.send(next.packet);
                } catch (IOException _) {
                    // Nobody is there any more, or not yet: as on any link.
                }
            }
        }
    }
}
