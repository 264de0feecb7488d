package io.culvert.wire.kcp;

import io.culvert.wire.packet.Disguise;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Two sessions with a link between them that loses, delays, reorders and repeats; time passes only here. */
final class SimulatedLink {
    /**
     * What the link does to packets.
     *
     * @param loss share of packets that are lost, each way
     * @param delay one way, in milliseconds
     * @param jitter up to so many milliseconds more, so that packets overtake each other
     * @param repeated share of packets that arrive twice
     * @param packetsPerMilli what the link carries each way; more waits in a queue, and beyond the queue is lost
     */
    record Path(double loss, int delay, int jitter, double repeated, int packetsPerMilli) {
        static Path of(double loss, int delay) {
            return new Path(loss, delay, 0, 0, 1_000);
        }
    }

    private record Packet(long arrives, long order, Endpoint to, ByteBuf bytes) implements Comparable<Packet> {
        @Override
        public int compareTo(Packet other) {
            int time = Long.compare(arrives, other.arrives);
            return time == 0 ? Long.compare(order, other.order) : time;
        }
    }

    private static final int QUEUE_MILLIS = 100;

    private final PriorityQueue<Packet> onTheWay = new PriorityQueue<>();
    private final Random random;
    private Path path;
    private long order;
    long now;
    final Endpoint client;
    final Endpoint server;

    SimulatedLink(Path path, KcpParameters parameters, int firstNumber, boolean serverConfirmed, long seed) {
        this.path = path;
        this.random = new Random(seed);
        this.client = new Endpoint(parameters, firstNumber, true);
        this.server = new Endpoint(parameters, firstNumber, serverConfirmed);
        client.peer = server;
        server.peer = client;
    }

    void change(Path to) {
        path = to;
    }

    /** One side with an application that writes and reads. */
    final class Endpoint {
        final KcpSession session;
        private final KcpPackets packets;
        private @Nullable Endpoint peer;
        /** Bytes that the application has yet to write. */
        long toWrite;

        boolean closeWhenWritten;
        boolean reads = true;
        long written;
        long received;
        boolean intact = true;
        boolean ended;
        long bytesSent;
        long bytesArrived;
        int packetsSent;
        private long freeAt;

        private Endpoint(KcpParameters parameters, int firstNumber, boolean confirmed) {
            this.session = new KcpSession(
                    parameters,
                    7,
                    confirmed,
                    random.nextInt(1 << 30),
                    firstNumber,
                    PooledByteBufAllocator.DEFAULT,
                    now);
            this.packets = new KcpPackets(Disguise.NONE, null, random);
        }

        void arrive(ByteBuf bytes) {
            int size = bytes.readableBytes();
            bytesArrived += size;
            int length = packets.open(bytes);
            session.receive(packets.incoming(), length, size, now);
        }

        /** Everything that an owner does in a turn. */
        void turn() {
            while (toWrite > 0 && session.isWritable() && session.state() == KcpState.ACTIVE) {
                int length = (int) Math.min(toWrite, 16 * 1024);
                byte[] bytes = new byte[length];
                for (int i = 0; i < length; i++) {
                    bytes[i] = pattern(written++);
                }
                toWrite -= length;
                session.write(Unpooled.wrappedBuffer(bytes), now);
            }
            if (closeWhenWritten && toWrite == 0) {
                closeWhenWritten = false;
                session.close(now);
            }
            if (reads) {
                for (ByteBuf bytes = session.read(now); bytes != null; bytes = session.read(now)) {
                    byte[] read = new byte[bytes.readableBytes()];
                    bytes.readBytes(read).release();
                    for (byte one : read) {
                        intact &= one == pattern(received++);
                    }
                }
                ended |= session.inputEnded();
            }
            for (int length = session.poll(packets.outgoing(), KcpPackets.AT, now);
                    length > 0;
                    length = session.poll(packets.outgoing(), KcpPackets.AT, now)) {
                ByteBuf out = Unpooled.buffer(KcpPackets.MOST_BYTES);
                packets.seal(length, out);
                send(out);
            }
        }

        private void send(ByteBuf bytes) {
            bytesSent += bytes.readableBytes();
            packetsSent++;
            freeAt = Math.max(freeAt, now * path.packetsPerMilli) + 1;
            long waits = freeAt / path.packetsPerMilli - now;
            if (random.nextDouble() < path.loss || waits > QUEUE_MILLIS || peer == null) {
                return;
            }
            do {
                long arrives = now + waits + path.delay + (path.jitter == 0 ? 0 : random.nextInt(path.jitter + 1));
                onTheWay.add(new Packet(arrives, order++, peer, bytes.duplicate()));
            } while (random.nextDouble() < path.repeated);
        }
    }

    static byte pattern(long at) {
        return (byte) (at * 31 + (at >> 8));
    }

    interface Condition {
        boolean holds();
    }

    /** Lets time pass until something is so, or until a time; whether it is so. */
    boolean until(Condition condition, long limit) {
        while (true) {
            client.turn();
            server.turn();
            if (condition.holds()) {
                return true;
            }
            Packet first = onTheWay.peek();
            long next = Math.min(client.session.deadline(now), server.session.deadline(now));
            long then = Math.max(now + 1, first == null ? next : Math.min(first.arrives, next));
            if (then > limit) {
                now = Math.max(now, limit);
                return false;
            }
            now = then;
            for (Packet packet = onTheWay.peek(); packet != null && packet.arrives <= now; packet = onTheWay.peek()) {
                onTheWay.remove();
                packet.to.arrive(packet.bytes);
            }
        }
    }

    void release() {
        client.session.release();
        server.session.release();
    }
}
