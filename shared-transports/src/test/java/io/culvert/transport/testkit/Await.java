package io.culvert.transport.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for a condition, with a deadline that only a fault reaches. */
public final class Await {
    /** Longer than anything takes on a busy machine. */
    public static final Duration LONG = Duration.ofSeconds(30);

    private static final long POLL_NANOS = 2_000_000;

    private Await() {}

    /** Fails unless the condition comes true in time. */
    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + LONG + ": " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
