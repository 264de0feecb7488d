package io.culvert.ingress.protocol;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the heads of requests to the HTTP proxy may take that are still coming, over all clients of a node: nobody knows yet who
 * sends them. The first {@link #FREE_BYTES} of each are bounded by the number of connections and do not count. Safe for all
 * threads.
 */
public final class HeadBudget {
    /** The node's. */
    public static final HeadBudget NODE = new HeadBudget();

    /** What all heads together may take, in bytes. */
    public static final long MOST_BYTES = 32L * 1024 * 1024;

    /** What each head may take beside that, in bytes. */
    static final int FREE_BYTES = 8 * 1024;

    private final AtomicLong held = new AtomicLong();
    private final LongAdder refused = new LongAdder();

    /** The bytes that are held now. */
    public long held() {
        return held.get();
    }

    /** Heads that were refused because the others took everything. */
    public long refused() {
        return refused.sum();
    }

    /** That of one connection. */
    Share share() {
        return new Share();
    }

    /** What one connection holds. Owned by its event loop. */
    final class Share {
        private long own;

        /** Takes what a head of so many bytes needs; whether that is to be had. */
        boolean hold(int bytes) {
            long more = Math.max(0, bytes - FREE_BYTES) - own;
            if (more > 0 && held.addAndGet(more) > MOST_BYTES) {
                held.addAndGet(-more);
                refused.increment();
                return false;
            }
            if (more > 0) {
                own += more;
            }
            return true;
        }

        /** The head is read, or nobody reads it any more. */
        void release() {
            held.addAndGet(-own);
            own = 0;
        }
    }
}
