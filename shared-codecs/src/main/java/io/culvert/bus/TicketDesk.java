package io.culvert.bus;

import io.culvert.wire.ExpiringSet;
import java.util.function.LongSupplier;

/**
 * Takes the tickets of an egress: each is good for one session. The nonces of used tickets are remembered exactly until no
 * ticket with that expiry can be valid any more. Safe for all event loops.
 */
public final class TicketDesk {
    /** Used tickets that are remembered at once: 30,000 sessions a second for the time that their tickets live, 64 MiB. */
    public static final int MAX_REMEMBERED = 1 << 20;

    private static final long SECOND = 1_000;

    private final TicketKey key;
    private final String node;
    private final LongSupplier wallMillis;
    private final ExpiringSet used;

    /** What becomes of an order. */
    public enum Outcome {
        ACCEPTED,
        /** The ticket is not for this order, or not from this farm. */
        FORGED,
        /** The order is for another node's egress. */
        ELSEWHERE,
        /** The ticket's time is over. */
        EXPIRED,
        /** The ticket has been used. */
        REPLAYED,
        /** No more used tickets can be remembered: nothing is accepted until some have expired. */
        FULL
    }

    /**
     * @param node this node's id
     * @param wallMillis the wall clock, Unix milliseconds
     */
    public TicketDesk(TicketKey key, String node, LongSupplier wallMillis) {
        this(key, node, wallMillis, MAX_REMEMBERED);
    }

    /**
     * @param node this node's id
     * @param wallMillis the wall clock, Unix milliseconds
     * @param limit used tickets that are remembered at once
     */
    public TicketDesk(TicketKey key, String node, LongSupplier wallMillis, int limit) {
        this.key = key;
        this.node = node;
        this.wallMillis = wallMillis;
        this.used = new ExpiringSet(limit);
    }

    /** Takes the ticket of an order; accepts the same ticket once. */
    public Outcome take(LinkOrder asked) {
        long now = wallMillis.getAsLong();
        return switch (key.verify(asked, now)) {
            case FORGED -> Outcome.FORGED;
            case EXPIRED -> Outcome.EXPIRED;
            case VALID -> {
                if (!asked.order().egressNode().equals(node)) {
                    yield Outcome.ELSEWHERE;
                }
                yield remember(asked, now);
            }
        };
    }

    private Outcome remember(LinkOrder asked, long now) {
        long[] nonce = TicketKey.nonce(asked.ticket());
        // Rounded up, and with the skew that verify() forgives: a value is never forgotten while its ticket is valid.
        long forgotten =
                Math.floorDiv(TicketKey.expiryMillis(asked.ticket()) + TicketKey.CLOCK_SKEW_MILLIS, SECOND) + 1;
        return switch (used.add(nonce[0], nonce[1], forgotten, Math.floorDiv(now, SECOND))) {
            case ADDED -> Outcome.ACCEPTED;
            case PRESENT -> Outcome.REPLAYED;
            case FULL -> Outcome.FULL;
        };
    }

    /** Used tickets that are remembered now. */
    public int remembered() {
        return used.size();
    }
}
