package io.culvert.it.harness;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for a condition, with a deadline. */
public final class Await {
    private static final long POLL_NANOS = Duration.ofMillis(10).toNanos();

    private Await() {}

    /** Whether the condition came true within the time. */
    public static boolean reached(Duration within, BooleanSupplier condition) {
        long deadline = System.nanoTime() + within.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return condition.getAsBoolean();
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return true;
    }

    /** Fails with the text unless the condition comes true within the time. */
    public static void until(Duration within, Supplier<String> otherwise, BooleanSupplier condition) {
        if (!reached(within, condition)) {
            throw new AssertionError("not within " + within.toMillis() + " ms: " + otherwise.get());
        }
    }

    /** Whether the condition stayed true for the whole time. */
    public static boolean held(Duration during, BooleanSupplier condition) {
        return !reached(during, () -> !condition.getAsBoolean());
    }

    /** Lets time pass that is itself part of a scenario: the pace of a slow peer, an idle period. */
    public static void pace(Duration time) {
        long deadline = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = deadline - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
