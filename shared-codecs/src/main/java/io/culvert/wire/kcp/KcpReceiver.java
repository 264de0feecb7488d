package io.culvert.wire.kcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of a session: what has come, and what the peer is told of it.
 *
 * <p>The reference names a number in ack after ack until the peer's sendingNext passes it. Here an ack names what is new, and what
 * has come out of order as far as there is room; receivingNext covers the rest. It is one ack behind: the reference's sender
 * measures the round trip and resends fast only by numbers that receivingNext does not cover yet.
 */
final class KcpReceiver {
    /** So many new numbers are told at once. */
    private static final int AT_ONCE = 64;
    /** The longest that a number waits, in milliseconds; less with a short tti. */
    private static final int MOST_DELAY = 10;

    private static final long NEVER = Long.MAX_VALUE;

    private final KcpParameters parameters;
    private final ReceiveWindow window;
    private final AckQueue acks = new AckQueue();
    private final int delay;
    private int toldNext;
    private int toldWindow;
    private boolean repeated;
    private long due = NEVER;

    KcpReceiver(KcpParameters parameters, ByteBufAllocator allocator, int firstNumber) {
        this.parameters = parameters;
        this.window = new ReceiveWindow(allocator, firstNumber);
        this.delay = Math.clamp(parameters.ttiMillis() / 5, 1, MOST_DELAY);
        this.toldNext = firstNumber;
        this.toldWindow = firstNumber + parameters.receivingInFlight();
    }

    int next() {
        return window.next();
    }

    boolean isReadable() {
        return window.isReadable();
    }

    /**
     * Takes a data segment.
     *
     * @param kept the most segments that are kept
     * @param wanted whether the application still reads; otherwise the segment is acknowledged and forgotten
     */
    void data(KcpSegments in, int kept, boolean wanted, long now) {
        int number = in.dataNumber();
        if (!wanted) {
            // Nobody waits for it; the peer is about to learn that.
            return;
        }
        switch (window.accept(number, in.array(), in.dataAt(), in.dataLength(), kept)) {
            case NEW -> {
                acks.add(number, in.dataTimestamp(), parameters.receiveBuffer());
                boolean atOnce = acks.size() >= AT_ONCE || window.hasHoles();
                due = Math.min(due, atOnce ? now : now + delay);
            }
            case REPEATED -> {
                acks.add(number, in.dataTimestamp(), parameters.receiveBuffer());
                repeated = true;
                due = Math.min(due, now + delay);
            }
            case BEYOND -> due = Math.min(due, now + delay);
        }
    }

    /** Bytes for the application, or null. */
    @Nullable
    ByteBuf take(long now) {
        ByteBuf bytes = window.take();
        int open = window.read() + parameters.receivingInFlight();
        // The peer may be waiting for the window that has just opened.
        if (open - toldWindow >= parameters.receivingInFlight() / 2) {
            due = Math.min(due, now);
        }
        return bytes;
    }

    boolean ackDue(long now) {
        return due <= now;
    }

    /** How many numbers the next ack names at least. */
    int ackNumbers() {
        return Math.min(acks.size(), KcpSegments.MOST_NUMBERS);
    }

    long ackDeadline() {
        return due;
    }

    int writeAck(byte[] to, int at, int conversation, int option, long now) {
        int count = ackNumbers();
        int next = count == 0 || repeated || toldNext - window.next() > 0 ? window.next() : toldNext;
        int numbers = at + KcpSegments.ACK_HEADER;
        for (int i = 0; i < count; i++) {
            Bytes.putInt(to, numbers + 4 * i, acks.take());
        }
        if (window.hasHoles()) {
            count = fill(to, numbers, count);
        }
        if (acks.size() == 0) {
            toldNext = window.next();
            repeated = false;
            due = NEVER;
        } else {
            due = now;
        }
        // Behind a hole nothing can be read, so the window would stand still for a round trip with each loss.
        toldWindow = window.read() + (window.hasHoles() ? parameters.receiveBuffer() : parameters.receivingInFlight());
        return KcpSegments.writeAck(to, at, conversation, option, toldWindow, next, acks.timestamp(), count);
    }

    /** Names again what has come out of order, newest first: the acks that told of it may have been lost. */
    private int fill(byte[] to, int numbers, int count) {
        int filled = count;
        for (int back = count + 1; back <= acks.told() && filled < KcpSegments.MOST_NUMBERS; back++) {
            int number = acks.told(back);
            if (window.holds(number)) {
                Bytes.putInt(to, numbers + 4 * filled, number);
                filled++;
            }
        }
        return filled;
    }

    void trim() {
        window.trim();
        acks.trim();
    }

    void clear() {
        window.clear();
    }
}
