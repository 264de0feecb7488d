package io.culvert.egress.outbound;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * When the fault of a server is to be said in whose place another one serves: no session is lost, so nobody would notice it, and
 * every session would say it. Once a minute each. Safe for all threads.
 */
final class FaultNotices {
    static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Map<String, AtomicLong> due = new HashMap<>();
    private final LongSupplier nanoTime;

    /** @param nanoTime the clock, as {@link System#nanoTime} */
    FaultNotices(Collection<String> servers, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        long now = nanoTime.getAsLong();
        servers.forEach(server -> due.put(server, new AtomicLong(now)));
    }

    /** Whether a server's fault is to be said now; it is not again for a minute then. */
    boolean isDue(String server) {
        AtomicLong at = due.get(server);
        if (at == null) {
            throw new IllegalArgumentException("not a server of this outbound: " + server);
        }
        long before = at.get();
        long now = nanoTime.getAsLong();
        return now - before >= 0 && at.compareAndSet(before, now + PAUSE_NANOS);
    }
}
