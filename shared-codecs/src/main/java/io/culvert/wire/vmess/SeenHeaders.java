package io.culvert.wire.vmess;

import java.util.concurrent.atomic.LongAdder;

/**
 * What all VMess inbounds of a node remember of the headers that opened sessions, so that none opens a second one: AuthIDs, and
 * the session keys that headers carried. Exact: it refuses every replay and no honest client. One for each node, since a header that
 * one inbound has taken is good at every other with the same user. Safe for use by several threads.
 *
 * <p>A {@link Memory} outlives the process. Where none could be read at the start, nobody knows which headers of the time before
 * have been used: older ones are refused then.
 */
public final class SeenHeaders {
    /** The headers held at once: 241 seconds of 5,400 new sessions a second, for clients whose clocks are right twice as many. */
    public static final int DEFAULT_LIMIT = 1_310_720;

    /** How much before the start a client's time may lie where nothing is known of the time before, in seconds. */
    public static final int SLACK_SECONDS = 30;

    /** What a remembered value is. */
    public enum Kind {
        /** The first 16 bytes of an AEAD header. */
        AUTH_ID,
        /** 128 bits of a digest of user, key and IV of a legacy header. */
        LEGACY_KEYS
    }

    /** Keeps values beyond the end of the process. Called by several threads; must not block. */
    @FunctionalInterface
    public interface Memory {
        /**
         * Keeps a value that has not been kept before.
         *
         * @param expiry the Unix second from which on it may be forgotten
         * @param now Unix seconds
         * @return whether there was room
         */
        boolean keep(Kind kind, long high, long low, long expiry, long now);
    }

    /** Keeps nothing. */
    public static final Memory NO_MEMORY = (_, _, _, _, _) -> true;

    private final int limit;
    private final ReplaySet authIds;
    private final SessionHistory keys;
    private final long since;
    private final Memory memory;
    private final LongAdder full = new LongAdder();
    private final LongAdder tooOld = new LongAdder();

    /**
     * @param limit the most headers held at once, at least 1
     * @param since the Unix second of the first header that may be taken: {@link #sinceStart}, or {@link Long#MIN_VALUE} where all
     *     that were used before are restored
     */
    public SeenHeaders(int limit, long since, Memory memory) {
        this.limit = limit;
        this.authIds = new ReplaySet(limit);
        // Keys stay for up to twice as long as the AuthIDs of clients whose clocks are right.
        this.keys = new SessionHistory(Math.multiplyExact(limit, 2));
        this.since = since;
        this.memory = memory;
    }

    /** Remembers everything from now on, in this process alone, and takes headers of any time. */
    public static SeenHeaders inMemory() {
        return new SeenHeaders(DEFAULT_LIMIT, Long.MIN_VALUE, NO_MEMORY);
    }

    /** The first acceptable time where nothing is known of the time before the start; both in Unix seconds. */
    public static long sinceStart(long start) {
        return start - SLACK_SECONDS;
    }

    /** Takes what a memory has kept, before anything is claimed. */
    public void restore(Kind kind, long high, long low, long expiry, long now) {
        switch (kind) {
            case AUTH_ID -> authIds.claim(AuthId.expiringAt(high, low, expiry), now);
            case LEGACY_KEYS -> keys.claim(new SessionHistory.Entry(high, low), expiry, now);
        }
    }

    /** The headers held, for a metric. */
    public int size() {
        return Math.max(authIds.size(), keys.size());
    }

    /** The most headers held. */
    public int limit() {
        return limit;
    }

    /** Sessions that were refused because there was no room to remember them. */
    public long refusedFull() {
        return full.sum();
    }

    /** Headers that were refused for a time before the start, of which nothing is known. */
    public long refusedTooOld() {
        return tooOld.sum();
    }

    /** Whether a header is of a time before the start of which nothing is known; counts those that are. */
    boolean tooOld(long time) {
        if (time >= since) {
            return false;
        }
        tooOld.increment();
        return true;
    }

    boolean contains(AuthId id) {
        return authIds.contains(id);
    }

    boolean contains(SessionHistory.Entry entry, long now) {
        return keys.contains(entry, now);
    }

    ReplaySet.Verdict claim(AuthId id, long now) {
        ReplaySet.Verdict verdict = authIds.claim(id, now);
        return kept(verdict, Kind.AUTH_ID, id.high(), id.low(), id.expiry(), now);
    }

    /** Claims the keys of an AEAD header, which its AuthID stands for beyond the end of the process. */
    ReplaySet.Verdict claim(SessionHistory.Entry entry, long now) {
        return counted(keys.claim(entry, now + SessionHistory.KEPT_SECONDS, now));
    }

    /** Claims the keys of a legacy header with its time: they stay as long as that is good. */
    ReplaySet.Verdict claimLegacy(SessionHistory.Entry entry, long time, long now) {
        long expiry = Math.max(now + SessionHistory.KEPT_SECONDS, time + AuthId.WINDOW_SECONDS + 1);
        return kept(keys.claim(entry, expiry, now), Kind.LEGACY_KEYS, entry.high(), entry.low(), expiry, now);
    }

    private ReplaySet.Verdict kept(ReplaySet.Verdict verdict, Kind kind, long high, long low, long expiry, long now) {
        boolean room = verdict != ReplaySet.Verdict.FIRST || memory.keep(kind, high, low, expiry, now);
        return counted(room ? verdict : ReplaySet.Verdict.FULL);
    }

    private ReplaySet.Verdict counted(ReplaySet.Verdict verdict) {
        if (verdict == ReplaySet.Verdict.FULL) {
            full.increment();
        }
        return verdict;
    }
}
