package io.culvert.wire.kcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What has been received: in order for the application, out of order by number. Empty, it holds no memory to speak of.
 *
 * <p>The peer is told a window of {@code told} segments beyond what the application has read, as the reference tells it; what a
 * peer sends beyond that is kept up to {@code kept} and not thrown away, for the reference sends beyond it.
 */
final class ReceiveWindow {
    /** The most bytes that are handed to the application in one buffer. */
    static final int MOST_CHUNK = 64 * 1024;

    private static final int LEAST_SLOTS = 32;

    private record Chunk(ByteBuf bytes, int segments) {}

    private final ByteBufAllocator allocator;
    private final ArrayDeque<Chunk> ready = new ArrayDeque<>(2);
    private @Nullable ByteBuf[] slots = new ByteBuf[0];
    private int next;
    private int read;
    private int outOfOrder;
    private int highest;
    private @Nullable ByteBuf open;
    private int openSegments;
    private int lastChunk;

    /** @param start the number of the first segment */
    ReceiveWindow(ByteBufAllocator allocator, int start) {
        this.allocator = allocator;
        this.next = start;
        this.read = start;
        this.highest = start;
    }

    /** The lowest number that has not arrived. */
    int next() {
        return next;
    }

    /** The lowest number that the application has not taken. */
    int read() {
        return read;
    }

    /** Whether segments have arrived behind one that has not. */
    boolean hasHoles() {
        return outOfOrder > 0;
    }

    /** One above the highest number that has arrived. */
    int highest() {
        return highest;
    }

    boolean holds(int number) {
        return number - next > 0 && number - highest < 0 && slots.length > 0 && slots[slot(number)] != null;
    }

    /** What {@link #accept} made of a segment. */
    enum Verdict {
        NEW,
        /** Arrived before: the peer has not heard of it. */
        REPEATED,
        /** Beyond what is kept. */
        BEYOND
    }

    /** Takes a segment's payload. */
    Verdict accept(int number, byte[] from, int at, int length, int kept) {
        if (number - next < 0) {
            return Verdict.REPEATED;
        }
        if (number - read < 0 || number - read >= kept) {
            return Verdict.BEYOND;
        }
        if (number == next) {
            append(from, at, length);
            next++;
            highest = next - highest > 0 ? next : highest;
            if (outOfOrder > 0) {
                follow();
            }
            return Verdict.NEW;
        }
        return keep(number, from, at, length) ? Verdict.NEW : Verdict.REPEATED;
    }

    private boolean keep(int number, byte[] from, int at, int length) {
        if (number - next >= slots.length) {
            grow(number - next + 1);
        }
        int slot = slot(number);
        if (slots[slot] != null) {
            return false;
        }
        slots[slot] = allocator.heapBuffer(Math.max(1, length)).writeBytes(from, at, length);
        outOfOrder++;
        if (number - highest >= 0) {
            highest = number + 1;
        }
        return true;
    }

    /** What waited for the segment that has just come. */
    private void follow() {
        for (ByteBuf payload = slots[slot(next)]; outOfOrder > 0 && payload != null; payload = slots[slot(next)]) {
            slots[slot(next)] = null;
            outOfOrder--;
            next++;
            ByteBuf to = openFor(payload.readableBytes());
            to.writeBytes(payload);
            payload.release();
            openSegments++;
        }
    }

    /** Gives back what an empty window does not need. */
    void trim() {
        if (outOfOrder == 0) {
            slots = new ByteBuf[0];
        }
    }

    private void append(byte[] from, int at, int length) {
        openFor(length).writeBytes(from, at, length);
        openSegments++;
    }

    private ByteBuf openFor(int length) {
        ByteBuf to = open;
        if (to != null && to.maxWritableBytes() < length) {
            finishChunk();
            to = null;
        }
        if (to == null) {
            to = allocator.buffer(Math.clamp(lastChunk, Math.max(1, length), MOST_CHUNK), MOST_CHUNK);
            open = to;
        }
        return to;
    }

    private void finishChunk() {
        if (open != null) {
            lastChunk = open.readableBytes();
            ready.add(new Chunk(open, openSegments));
            open = null;
            openSegments = 0;
        }
    }

    boolean isReadable() {
        return open != null || !ready.isEmpty();
    }

    /** Hands bytes to the application, in order; null where there are none. */
    @Nullable
    ByteBuf take() {
        Chunk chunk = ready.poll();
        if (chunk == null) {
            finishChunk();
            chunk = ready.poll();
            if (chunk == null) {
                return null;
            }
        }
        read += chunk.segments;
        return chunk.bytes;
    }

    void clear() {
        finishChunk();
        for (Chunk chunk = ready.poll(); chunk != null; chunk = ready.poll()) {
            chunk.bytes.release();
        }
        for (int i = 0; i < slots.length; i++) {
            ByteBuf payload = slots[i];
            if (payload != null) {
                payload.release();
            }
        }
        slots = new ByteBuf[0];
        outOfOrder = 0;
        highest = next;
        read = next;
    }

    private int slot(int number) {
        return number & (slots.length - 1);
    }

    private void grow(int wanted) {
        @Nullable ByteBuf[] old = slots;
        int to = Math.max(LEAST_SLOTS, Integer.highestOneBit(wanted - 1) << 1);
        slots = new ByteBuf[to];
        if (old.length > 0) {
            for (int number = next; number != highest; number++) {
                slots[slot(number)] = old[number & (old.length - 1)];
            }
        }
    }
}
