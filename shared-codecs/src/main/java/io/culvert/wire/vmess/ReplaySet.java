package io.culvert.wire.vmess;

import io.culvert.wire.ExpiringSet;

/**
 * The AuthIDs that have opened a session, each until its own time refuses it (wire-formats section 3.8, reliability section 2a.3).
 * Exact: it refuses every replay and never an honest client. Safe for use by several threads.
 *
 * <p>Only headers that opened are claimed, so a stranger cannot fill it. At its limit it refuses new sessions rather than forget
 * an AuthID that is still valid. An AuthID takes at most 64 bytes.
 */
public final class ReplaySet {
    /** What a claim came to. */
    public enum Verdict {
        /** Not seen before, and held from now on. */
        FIRST,
        REPLAYED,
        /** Not seen before, but there is no room to remember it: to be refused. */
        FULL
    }

    private final ExpiringSet seen;

    /** @param limit the most AuthIDs held at once, at least 1 */
    public ReplaySet(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: >= 1)");
        }
        seen = new ExpiringSet(limit);
    }

    /**
     * Claims an AuthID whose time has been checked.
     *
     * @param now Unix seconds
     */
    public Verdict claim(AuthId id, long now) {
        return switch (seen.add(id.high(), id.low(), id.expiry(), now)) {
            case ADDED -> Verdict.FIRST;
            case PRESENT -> Verdict.REPLAYED;
            case FULL -> Verdict.FULL;
        };
    }

    /** Whether an AuthID has been claimed. */
    public boolean contains(AuthId id) {
        return seen.contains(id.high(), id.low(), id.expiry());
    }

    /** The AuthIDs held, for a metric. */
    public int size() {
        return seen.size();
    }
}
