package io.culvert.bus;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * What tells the tickets of one router apart, and from those of every other one: it counts from a place that was drawn at random.
 * A nonce need not be hard to guess, since a ticket is signed with it. Safe for use by several threads.
 */
public final class TicketNonces {
    static final int BYTES = 16;

    private final long high;
    private final AtomicLong low;

    /** @param random so strong that no other router of the farm, nor the same one after a start, draws the same 128 bits from it */
    public TicketNonces(RandomGenerator random) {
        this.high = random.nextLong();
        this.low = new AtomicLong(random.nextLong());
    }

    /** {@value #BYTES} bytes that have not been there before. */
    byte[] next() {
        return ByteBuffer.allocate(BYTES)
                .putLong(high)
                .putLong(low.getAndIncrement())
                .array();
    }
}
