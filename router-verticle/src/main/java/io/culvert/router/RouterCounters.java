package io.culvert.router;

import java.util.concurrent.atomic.LongAdder;

/** What the routers of a node have done since it started. Safe for any thread. */
public final class RouterCounters {
    private final LongAdder forwarded = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder behind = new LongAdder();

    void countForwarded() {
        forwarded.increment();
    }

    void countRefused() {
        refused.increment();
    }

    void countBehind() {
        behind.increment();
    }

    /** Questions that were not answered because a configuration has not arrived here, or at an egress. */
    public long behind() {
        return behind.sum();
    }

    /** Sessions sent to an egress. */
    public long forwarded() {
        return forwarded.sum();
    }

    /** Sessions refused. */
    public long refused() {
        return refused.sum();
    }
}
