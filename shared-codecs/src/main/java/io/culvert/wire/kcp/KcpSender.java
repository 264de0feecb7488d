package io.culvert.wire.kcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;

/**
 * The sending half of a session. Segments are cut when they are sent, out of the application's buffers; they go at the pace of
 * {@link DeliveryRate}, within the peer's window, and again when {@link SendWindow} finds them lost.
 */
final class KcpSender {
    /** The peer's window before it has said anything. */
    private static final int FIRST_WINDOW = 32;
    /** How long an acknowledged timestamp is worth a sample, in milliseconds. */
    private static final int MOST_SAMPLE = 10_000;
    /** A segment that is lost again and again goes several times at once. */
    private static final int MOST_COPIES = 3;

    /** A reader's pace is measured over this many milliseconds at least. */
    private static final int PACE_MILLIS = 20;

    private static final int MOST_BACKOFF = 8;
    private static final long NEVER = Long.MAX_VALUE;

    private final KcpParameters parameters;
    private final RoundTrip roundTrip;
    private final ByteBufAllocator allocator;
    private final SendWindow window;
    private final DeliveryRate rate;
    private final ArrayDeque<ByteBuf> unsent = new ArrayDeque<>(4);
    private int unsentBytes;
    private int remoteNext;
    private int openedAt;
    private int pacedFrom;
    private int pacedAt;
    private double readerPace;
    private int backoff = 1;
    private int copyNumber;
    private int copies;

    KcpSender(KcpParameters parameters, RoundTrip roundTrip, ByteBufAllocator allocator, int firstNumber, int now) {
        this.parameters = parameters;
        this.roundTrip = roundTrip;
        this.allocator = allocator;
        this.window = new SendWindow(firstNumber);
        this.rate = new DeliveryRate(parameters, now);
        this.remoteNext = firstNumber + FIRST_WINDOW;
        this.openedAt = now;
        this.pacedFrom = remoteNext;
        this.pacedAt = now;
    }

    /** Bytes that have not been sent once. */
    int unsent() {
        return unsentBytes;
    }

    /** Whether everything has arrived. */
    boolean isEmpty() {
        return window.isEmpty() && unsentBytes == 0;
    }

    int sendingNext() {
        return window.first();
    }

    /**
     * The least payload bytes of the segment that {@link #poll} would send next: one that is sent again is not cut anew.
     *
     * @param piece what new segments are not made shorter than, while there are bytes
     */
    int leastLength(int piece) {
        if (window.anyLost()) {
            return window.payload(window.lostNumber()).readableBytes();
        }
        return Math.min(piece, unsentBytes);
    }

    void write(ByteBuf bytes, int now) {
        if (window.isEmpty() && unsentBytes == 0) {
            rate.resume(now);
        }
        unsent.add(bytes);
        unsentBytes += bytes.readableBytes();
    }

    /**
     * Takes an ack.
     *
     * @param now on the session's own clock, as timestamps are
     * @return whether it names a segment together with when that was sent, which only who got it can know
     */
    boolean ack(KcpSegments in, int now) {
        boolean proof = false;
        boolean any = false;
        openWindow(in.ackWindow(), now);
        int count = in.ackCount();
        for (int i = 0; i < count; i++) {
            int number = in.ackNumber(i);
            if (window.holds(number)) {
                proof |= window.sentAt(number) == in.ackTimestamp();
                acknowledge(number);
                any = true;
            }
        }
        // After the numbers, which a receivingNext beyond them would take the proof from.
        any |= below(in.ackReceivingNext());
        int rtt = now - in.ackTimestamp();
        if (proof && rtt >= 0 && rtt < MOST_SAMPLE) {
            roundTrip.sample(rtt, now);
        }
        if (any) {
            progress(now);
        }
        return proof;
    }

    /** Everything below a number has arrived. */
    void acknowledgeBelow(int receivingNext, int now) {
        if (below(receivingNext)) {
            progress(now);
        }
    }

    private void progress(int now) {
        backoff = 1;
        rate.measured(now, unsentBytes == 0);
    }

    private boolean below(int receivingNext) {
        if (receivingNext - window.next() > 0) {
            return false;
        }
        boolean any = false;
        for (int number = window.first(); number - receivingNext < 0; number++) {
            if (window.holds(number)) {
                acknowledge(number);
                any = true;
            }
        }
        return any;
    }

    private void acknowledge(int number) {
        rate.delivered(window.deliveredThen(number), window.deliveredAtThen(number));
        window.acknowledge(number);
    }

    /** The reader's pace tells where the window will be until the peer says it again: the reference says it once a tti. */
    private void openWindow(int receivingWindow, int now) {
        if (receivingWindow - remoteNext > 0) {
            remoteNext = receivingWindow;
            openedAt = now;
        }
        int elapsed = now - pacedAt;
        if (elapsed >= PACE_MILLIS) {
            int opened = remoteNext - pacedFrom;
            readerPace = opened == 0 ? 0 : (readerPace + (double) opened / elapsed) / 2;
            pacedAt = now;
            pacedFrom = remoteNext;
        }
    }

    /** The number that the peer's window should end before by now. */
    private int windowEnd(int now) {
        int ahead = Math.clamp(now - openedAt, 0, 2 * parameters.ttiMillis());
        return remoteNext + (int) (readerPace * ahead);
    }

    /**
     * Writes the next data segment.
     *
     * @param most the most payload bytes of it
     * @return its bytes, or 0 where none may go now
     */
    int poll(byte[] to, int at, int conversation, int option, int most, int now) {
        if (copies > 0 && window.holds(copyNumber)) {
            copies--;
            return write(copyNumber, to, at, conversation, option, now);
        }
        copies = 0;
        int timeout = roundTrip.timeout() * backoff;
        if (window.inFlight() > 0 && now - window.oldestSentAt() >= timeout) {
            backoff = Math.min(MOST_BACKOFF, backoff * 2);
        }
        rate.lost(window.findLost(now, timeout));
        if (!rate.maySend(now)) {
            return 0;
        }
        if (mayRepeat()) {
            int number = window.lostNumber();
            if (window.payload(number).readableBytes() > most) {
                return 0;
            }
            window.takeLost();
            return repeat(number, to, at, conversation, option, now);
        }
        return unsentBytes > 0 && mayAdd(now) ? add(to, at, conversation, option, most, now) : 0;
    }

    /** What lies beyond the window has been thrown away, and will be again; one segment keeps asking. */
    private boolean mayRepeat() {
        return window.inFlight() == 0 ? window.anyLost() : window.anyLostBelow(remoteNext);
    }

    private boolean mayAdd(int now) {
        if (window.isEmpty()) {
            return true;
        }
        return window.span() < parameters.sendBuffer() && window.next() - windowEnd(now) < 0;
    }

    private int repeat(int number, byte[] to, int at, int conversation, int option, int now) {
        int before = window.transmits(number);
        window.sent(number, now, rate.delivered(), rate.deliveredAt());
        rate.sent();
        copyNumber = number;
        copies = Math.min(before, MOST_COPIES) - 1;
        return write(number, to, at, conversation, option, now);
    }

    private int add(byte[] to, int at, int conversation, int option, int most, int now) {
        ByteBuf payload = cut(Math.min(most, unsentBytes));
        int number = window.add(payload, now, rate.delivered(), rate.deliveredAt());
        rate.sent();
        return write(number, to, at, conversation, option, now);
    }

    private int write(int number, byte[] to, int at, int conversation, int option, int now) {
        ByteBuf payload = window.payload(number);
        int length = payload.readableBytes();
        KcpSegments.writeData(to, at, conversation, option, now, number, window.first(), length);
        payload.getBytes(payload.readerIndex(), to, at + KcpSegments.DATA_HEADER, length);
        return KcpSegments.DATA_HEADER + length;
    }

    private ByteBuf cut(int length) {
        ByteBuf payload = allocator.heapBuffer(length, length);
        while (payload.isWritable()) {
            ByteBuf from = unsent.getFirst();
            from.readBytes(payload, Math.min(from.readableBytes(), payload.writableBytes()));
            if (!from.isReadable()) {
                unsent.removeFirst().release();
            }
        }
        unsentBytes -= length;
        return payload;
    }

    /** In how many milliseconds {@link #poll} may have something, or {@link Long#MAX_VALUE}. */
    long waitMillis(int now) {
        if (mayRepeat() || (unsentBytes > 0 && mayAdd(now))) {
            return rate.waitMillis();
        }
        if (window.inFlight() == 0) {
            return window.isEmpty() ? NEVER : 1;
        }
        long timeout = Math.max(1, window.oldestSentAt() + (long) roundTrip.timeout() * backoff - now);
        boolean windowMoves = unsentBytes > 0 && readerPace > 0 && window.span() < parameters.sendBuffer();
        return windowMoves ? Math.min(timeout, 2) : timeout;
    }

    void trim() {
        window.trim();
    }

    void clear() {
        window.clear();
        copies = 0;
        for (ByteBuf bytes = unsent.poll(); bytes != null; bytes = unsent.poll()) {
            bytes.release();
        }
        unsentBytes = 0;
    }
}
