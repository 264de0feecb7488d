package io.culvert.wire;

import java.util.TreeMap;

/**
 * An exact set of 128-bit values, each kept until its expiry: it never takes a new value for a seen one. Values that expire
 * within the same {@value #BUCKET_SECONDS} seconds share a bucket, which is dropped whole, so that nothing is ever swept.
 * A value costs 16 bytes at a load of one half to one quarter. Safe for use by several threads; a call holds the lock for some
 * 100 ns, and for about a millisecond when a bucket of 50,000 values doubles.
 */
public final class ExpiringSet {
    /** What became of a value. */
    public enum Outcome {
        ADDED,
        PRESENT,
        FULL
    }

    public static final int BUCKET_SECONDS = 16;

    private final int limit;
    private final TreeMap<Long, LongPairSet> buckets = new TreeMap<>();
    private int size;

    /** @param limit the most values held at once */
    public ExpiringSet(int limit) {
        this.limit = limit;
    }

    /**
     * Adds a value unless it is there.
     *
     * @param expiry the Unix second from which on the value may be forgotten; always the same for the same value
     * @param now Unix seconds; should the clock step back, nothing that is still held is lost
     */
    public synchronized Outcome add(long high, long low, long expiry, long now) {
        dropExpired(now);
        long index = Math.floorDiv(expiry, BUCKET_SECONDS);
        LongPairSet bucket = buckets.get(index);
        if (bucket != null && bucket.contains(high, low)) {
            return Outcome.PRESENT;
        }
        if (size >= limit) {
            return Outcome.FULL;
        }
        if (bucket == null) {
            bucket = new LongPairSet();
            buckets.put(index, bucket);
        }
        bucket.add(high, low);
        size++;
        return Outcome.ADDED;
    }

    /** Whether a value with a known expiry is held. */
    public synchronized boolean contains(long high, long low, long expiry) {
        LongPairSet bucket = buckets.get(Math.floorDiv(expiry, BUCKET_SECONDS));
        return bucket != null && bucket.contains(high, low);
    }

    /** Whether a value is held in any bucket that has not expired. */
    public synchronized boolean containsAnywhere(long high, long low, long now) {
        dropExpired(now);
        for (LongPairSet bucket : buckets.values()) {
            if (bucket.contains(high, low)) {
                return true;
            }
        }
        return false;
    }

    /** The values held, counting those of a bucket that has not expired as a whole. */
    public synchronized int size() {
        return size;
    }

    private void dropExpired(long now) {
        while (!buckets.isEmpty() && (buckets.firstKey() + 1) * BUCKET_SECONDS <= now) {
            size -= buckets.pollFirstEntry().getValue().size();
        }
    }
}
