package io.culvert.it.harness;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts what was tried a second time after a failure that is known to happen with a peer and whose cause is not ours. Each is
 * printed, and more than {@value #MOST} in one run are a failure: what was rare has become common.
 */
public final class SecondTries {
    /** Of some thousand sessions of a run. */
    static final int MOST = 3;

    private static final AtomicInteger COUNT = new AtomicInteger();

    private SecondTries() {}

    /**
     * Notes one.
     *
     * @param what was tried
     * @param first why it failed
     * @throws AssertionError with the first failure as its cause where there have been too many
     */
    public static void count(Object what, Throwable first) {
        int count = COUNT.incrementAndGet();
        System.err.println("second try " + count + " of at most " + MOST + ": " + what + ": " + first.getMessage());
        if (count > MOST) {
            throw new AssertionError("too many second tries in this run; the last: " + what, first);
        }
    }
}
