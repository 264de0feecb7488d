package io.culvert.wire.vmess;

import io.culvert.crypto.Digests;
import io.culvert.wire.ExpiringSet;
import java.util.UUID;

/**
 * The triples of user, request key and request IV of the last three minutes or more, which no second session may have (wire-formats
 * section 3.8). Holds 128 bits of their SHA-256 instead of the keys. Safe for use by several threads. At its limit it refuses new
 * sessions.
 */
public final class SessionHistory {
    /** How long the triples of any session stay. */
    static final int KEPT_SECONDS = 180;

    private final ExpiringSet seen;

    /** @param limit the most triples held at once, at least 1 */
    public SessionHistory(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: >= 1)");
        }
        seen = new ExpiringSet(limit);
    }

    /** A triple as it is compared. */
    record Entry(long high, long low) {}

    static Entry entry(UUID user, VmessKeys keys) {
        byte[] digest = Digests.sha256(VmessIds.bytes(user), keys.key(), keys.iv());
        return new Entry(VmessIds.getLong(digest, 0), VmessIds.getLong(digest, 8));
    }

    boolean contains(Entry entry, long now) {
        return seen.containsAnywhere(entry.high(), entry.low(), now);
    }

    /** The triples held, for a metric. */
    int size() {
        return seen.size();
    }

    /** Claims a triple for a session that begins now, until {@code expiry}; both in Unix seconds. */
    synchronized ReplaySet.Verdict claim(Entry entry, long expiry, long now) {
        // The expiry is not a function of the triple, so the other buckets have to be asked first, under one lock.
        if (contains(entry, now)) {
            return ReplaySet.Verdict.REPLAYED;
        }
        return seen.add(entry.high(), entry.low(), expiry, now) == ExpiringSet.Outcome.FULL
                ? ReplaySet.Verdict.FULL
                : ReplaySet.Verdict.FIRST;
    }
}
