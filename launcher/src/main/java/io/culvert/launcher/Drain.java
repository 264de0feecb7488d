package io.culvert.launcher;

import io.culvert.config.PolicyConfig;
import io.culvert.model.CloseCause;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a node out (reliability section 2e), in this order, all times counted from the beginning:
 *
 * <ol>
 *   <li>at once: other nodes send it nothing any more;
 *   <li>after {@code grace}: the listening sockets close;
 *   <li>until {@code soft}: every session goes on;
 *   <li>until {@code hard}: those go on that carry payload; one that has carried none for {@link #IDLE_MILLIS} is reset;
 *   <li>then: what is left is reset.
 * </ol>
 *
 * It is over as soon as nothing is left. No session that is ended for it looks like one that is complete. Any thread.
 */
final class Drain {
    /** How long a session may carry no payload once {@code soft} has passed, in milliseconds. */
    static final long IDLE_MILLIS = 5_000;

    /** How long resets may take to leave, in milliseconds. */
    static final long LAST_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    private static final long POLL_MILLIS = 50;
    /** How often those that have become sessions since are told too. */
    private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Vertx vertx;
    private final PolicyConfig.Drain limits;
    private final DataPath path;
    private final long began = System.nanoTime();
    private final Promise<Void> over = Promise.promise();
    private volatile boolean cut;
    private boolean closing;
    private volatile boolean closed;
    private long toldAt;
    private long cutAt;

    Drain(Vertx vertx, PolicyConfig.Drain limits, DataPath path) {
        this.vertx = vertx;
        this.limits = limits;
        this.path = path;
    }

    /** @return completes when nothing is left */
    Future<Void> run() {
        path.leave(this::secondsLeft);
        int live = path.liveSessions();
        if (live > 0) {
            LOG.warn("draining: {} sessions are still open", live);
        }
        // One context for all looks: they are not for several threads at once.
        vertx.getOrCreateContext().runOnContext(_ -> look());
        return over.future();
    }

    /** How long what is left may go on at the most, in seconds. */
    int secondsLeft() {
        return (int) Math.max(0, TimeUnit.MILLISECONDS.toSeconds(limits.hardMillis() - elapsedMillis() + 999));
    }

    /** Has it end now: everything that is left is reset. Completes when that is done. */
    Future<Void> cut() {
        cut = true;
        return over.future();
    }

    private long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    private void look() {
        long elapsed = elapsedMillis();
        boolean hard = cut || elapsed >= limits.hardMillis();
        if (!closing && (hard || elapsed >= limits.graceMillis())) {
            closing = true;
            path.stopAccepting()
                    .onFailure(failure -> LOG.warn("a listening socket did not close: {}", failure.getMessage()))
                    .onComplete(_ -> closed = true);
        }
        boolean soft = hard || elapsed >= limits.softMillis();
        // Who is still in its handshake by then has nothing to lose.
        int left = path.liveSessions() - (soft ? path.handshakes() : 0);
        if (closed && left <= 0) {
            over.complete();
            return;
        }
        if (hard) {
            if (cutAt == 0) {
                cutAt = System.nanoTime();
                LOG.warn("{}: {} sessions are reset", cut ? "drain cut short" : "drain limit reached", left);
                path.endAll(CloseCause.ENDED_BY_OPERATOR);
            } else if (closed && System.nanoTime() - cutAt > TimeUnit.MILLISECONDS.toNanos(LAST_MILLIS)) {
                over.complete();
                return;
            }
        } else if (soft && (toldAt == 0 || System.nanoTime() - toldAt > TELL_NANOS)) {
            if (toldAt == 0) {
                LOG.warn("draining: of {} sessions those are reset that carry nothing for {} ms", left, IDLE_MILLIS);
            }
            toldAt = System.nanoTime();
            path.endWhenIdle(TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS), CloseCause.DRAINED);
        }
        vertx.setTimer(POLL_MILLIS, _ -> look());
    }
}
