package io.culvert.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/**
 * Says of each limit that it has refused somebody, and how often: at the first look that finds it so, and then once a minute as
 * long as it goes on. Looks at what is counted anyway, so that a refusal costs nothing more. Owned by one thread.
 */
final class RefusalLog {
    /** How often {@link #look} is to be called. */
    static final long LOOK_MILLIS = 1_000;

    private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanoClock;
    private final Consumer<String> warn;
    private final List<Limit> limits = new ArrayList<>();

    private static final class Limit {
        private final LongSupplier refused;
        private final LongFunction<String> words;
        private long said;
        private long saidAt;

        private Limit(LongSupplier refused, LongFunction<String> words, long saidAt) {
            this.refused = refused;
            this.words = words;
            this.saidAt = saidAt;
        }
    }

    /**
     * @param nanoClock a monotonic clock in nanoseconds
     * @param warn takes a line for the operator
     */
    RefusalLog(LongSupplier nanoClock, Consumer<String> warn) {
        this.nanoClock = nanoClock;
        this.warn = warn;
    }

    /**
     * Watches a limit.
     *
     * @param refused how often it has refused somebody since the start; never falls
     * @param words makes the warning of the number of refusals since the last one
     */
    void watch(LongSupplier refused, LongFunction<String> words) {
        limits.add(new Limit(refused, words, nanoClock.getAsLong() - PERIOD_NANOS));
    }

    void look() {
        long now = nanoClock.getAsLong();
        for (Limit limit : limits) {
            long refused = limit.refused.getAsLong();
            if (refused > limit.said && now - limit.saidAt >= PERIOD_NANOS) {
                warn.accept(limit.words.apply(refused - limit.said));
                limit.said = refused;
                limit.saidAt = now;
            }
        }
    }
}
