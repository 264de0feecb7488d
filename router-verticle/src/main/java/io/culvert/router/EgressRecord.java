package io.culvert.router;

import io.culvert.bus.NodeStatus;
import java.util.concurrent.TimeUnit;

/**
 * What a router knows of one egress: its last announcement, and how sessions fared that were sent there. Confined to the
 * directory's context.
 */
final class EgressRecord {
    /** So many reports of failure within {@link #REPORTS_COUNT_NANOS} take an egress out. */
    static final int FAILURES_TO_EJECT = 3;

    static final long REPORTS_COUNT_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** How long an egress is left out at first; doubled each time, up to {@link #LONGEST_EJECTION_NANOS}. */
    static final long FIRST_EJECTION_NANOS = TimeUnit.SECONDS.toNanos(5);

    static final long LONGEST_EJECTION_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** How long an egress that is new, or was left out, takes to get its whole share. */
    static final long SLOW_START_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final double SMALLEST_SHARE = 0.1;

    private NodeStatus status;
    private long heardAt;
    /** Sessions sent there since it last counted its own. */
    private long sentSince;

    private int failures;
    private long lastFailureAt;
    private int ejections;
    private boolean ejected;
    private long ejectedUntil;
    private long startedAt;

    EgressRecord(NodeStatus status, long now) {
        this.status = status;
        this.heardAt = now;
        this.startedAt = now;
    }

    NodeStatus status() {
        return status;
    }

    long heardAt() {
        return heardAt;
    }

    void heard(NodeStatus announced, long now) {
        status = announced;
        heardAt = now;
        sentSince = 0;
    }

    void sent() {
        sentSince++;
    }

    /** Takes note of a failure; returns whether that is one too many. */
    boolean failed(long now) {
        if (now - lastFailureAt > REPORTS_COUNT_NANOS) {
            failures = 0;
        }
        lastFailureAt = now;
        failures++;
        return failures >= FAILURES_TO_EJECT && !isEjected(now);
    }

    void eject(long now) {
        if (now - ejectedUntil > LONGEST_EJECTION_NANOS) {
            ejections = 0;
        }
        long length = Math.min(LONGEST_EJECTION_NANOS, FIRST_EJECTION_NANOS << Math.min(ejections, 8));
        ejections++;
        failures = 0;
        ejected = true;
        ejectedUntil = now + length;
        startedAt = ejectedUntil;
    }

    boolean isEjected(long now) {
        if (ejected && now - ejectedUntil >= 0) {
            ejected = false;
        }
        return ejected;
    }

    /** How busy it is in comparison with others: sessions by weight, and by less while it starts slowly. */
    double load(long now) {
        double share = Math.clamp((double) (now - startedAt) / SLOW_START_NANOS, SMALLEST_SHARE, 1.0);
        return (status.sessions() + sentSince + 1) / (status.weight() * share);
    }
}
