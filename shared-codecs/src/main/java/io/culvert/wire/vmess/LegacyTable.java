package io.culvert.wire.vmess;

import io.culvert.crypto.Digests;
import io.culvert.wire.ExpiringSet;
import io.culvert.wire.LongPairSet;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * Every legacy authentication value that is acceptable now, with the user and second it stands for, and those that are tainted
 * (wire-formats sections 3.4 and 3.8). Holds the primary and all alternative IDs of users with an {@code alterId} above 0, about 50
 * bytes an ID and second.
 *
 * <p>It grows by the seconds that have passed since the last look-up or {@link #maintain}, and drops slabs of
 * {@value #SLAB_SECONDS} seconds as they leave the window. Safe for use by several threads.
 */
final class LegacyTable {
    /** How far beyond the window {@link #maintain} prepares, so that look-ups in between find everything ready. */
    static final int AHEAD_SECONDS = 10;

    static final int SLAB_SECONDS = 64;

    /** Bounds the memory for taints; further ones are dropped, which costs no more than another refused probe. */
    private static final int MAX_TAINTS = 1 << 20;

    private final List<VmessUsers.Entry> users = new ArrayList<>();
    /** IDs of {@link #users}, keyed, and the user of each. */
    private final Mac[] ids;

    private final int[] userOfId;
    private final TreeMap<Long, Slab> slabs = new TreeMap<>();
    private final ExpiringSet tainted = new ExpiringSet(MAX_TAINTS);
    /** The seconds that the slabs cover, both ends included; empty while the first is above the last. */
    private long coveredFrom = 0;

    private long coveredTo = -1;

    /** What a value stands for. */
    record Match(VmessUsers.Entry user, long time, boolean tainted) {}

    LegacyTable(List<VmessUsers.Entry> all) {
        List<Mac> macs = new ArrayList<>();
        List<Integer> owners = new ArrayList<>();
        for (VmessUsers.Entry entry : all) {
            VmessUser user = entry.user();
            if (user.alterId() == 0) {
                continue;
            }
            macs.add(Digests.hmacMd5(VmessIds.bytes(user.id())));
            owners.add(users.size());
            for (byte[] alternative : VmessIds.alternatives(user.id(), user.alterId())) {
                macs.add(Digests.hmacMd5(alternative));
                owners.add(users.size());
            }
            users.add(entry);
        }
        ids = macs.toArray(Mac[]::new);
        userOfId = owners.stream().mapToInt(Integer::intValue).toArray();
    }

    /** The authentication value of an ID and a time, 16 bytes (wire-formats section 3.4). */
    static byte[] authentication(Mac id, long time) {
        byte[] message = new byte[8];
        VmessIds.putLong(message, 0, time);
        return id.doFinal(message);
    }

    synchronized void maintain(long now) {
        cover(now - AuthId.WINDOW_SECONDS, now + AuthId.WINDOW_SECONDS + AHEAD_SECONDS);
    }

    /**
     * Looks a value up.
     *
     * @param authentication 16 bytes
     * @param now Unix seconds
     * @return user, time and taint, or null where no user has this value within the window
     */
    synchronized @Nullable Match find(byte[] authentication, long now) {
        if (coveredFrom > now - AuthId.WINDOW_SECONDS || coveredTo < now + AuthId.WINDOW_SECONDS) {
            cover(now - AuthId.WINDOW_SECONDS, now + AuthId.WINDOW_SECONDS);
        }
        long high = VmessIds.getLong(authentication, 0);
        long low = VmessIds.getLong(authentication, 8);
        for (Slab slab : slabs.values()) {
            int value = slab.find(high, low);
            if (value >= 0) {
                long time = slab.start + value % SLAB_SECONDS;
                if (AuthId.timely(time, now)) {
                    VmessUsers.Entry user = users.get(userOfId[value / SLAB_SECONDS]);
                    return new Match(user, time, tainted.contains(high, low, expiry(time)));
                }
            }
        }
        return null;
    }

    /** Refuses a value from now on. */
    void taint(byte[] authentication, long time, long now) {
        tainted.add(VmessIds.getLong(authentication, 0), VmessIds.getLong(authentication, 8), expiry(time), now);
    }

    private static long expiry(long time) {
        return time + AuthId.WINDOW_SECONDS + 1;
    }

    private void cover(long from, long to) {
        // A clock that steps back far, or on by more than the window, begins anew.
        if (coveredFrom > from || coveredTo < from) {
            slabs.clear();
            coveredFrom = from;
            coveredTo = from - 1;
        }
        while (!slabs.isEmpty() && slabs.firstKey() + SLAB_SECONDS <= from) {
            slabs.pollFirstEntry();
            coveredFrom = slabs.isEmpty() ? from : slabs.firstKey();
        }
        for (long time = coveredTo + 1; time <= to; time++) {
            add(time);
        }
        coveredTo = Math.max(coveredTo, to);
    }

    private void add(long time) {
        long start = Math.floorDiv(time, SLAB_SECONDS) * SLAB_SECONDS;
        Slab slab = slabs.get(start);
        if (slab == null) {
            slab = new Slab(start, ids.length);
            slabs.put(start, slab);
        }
        int offset = (int) (time - start);
        for (int id = 0; id < ids.length; id++) {
            byte[] hash = authentication(ids[id], time);
            int number = id * SLAB_SECONDS + offset;
            slab.add(VmessIds.getLong(hash, 0), VmessIds.getLong(hash, 8), number);
        }
    }

    /** A map from 128-bit values to small numbers, of a size known beforehand. */
    private static final class Slab {
        final long start;
        private final long[] keys;
        /** The number plus 1; 0 is a free slot. */
        private final int[] numbers;

        Slab(long start, int ids) {
            this.start = start;
            int slots = Integer.highestOneBit(Math.max(8, Math.multiplyExact(ids, SLAB_SECONDS))) * 4;
            keys = new long[Math.multiplyExact(slots, 2)];
            numbers = new int[slots];
        }

        void add(long high, long low, int number) {
            int at = slot(high, low);
            if (numbers[at] != 0) {
                return;
            }
            keys[2 * at] = high;
            keys[2 * at + 1] = low;
            numbers[at] = number + 1;
        }

        int find(long high, long low) {
            return numbers[slot(high, low)] - 1;
        }

        private int slot(long high, long low) {
            int at = (LongPairSet.mix(high, low) >>> 1) & (numbers.length - 1);
            while (numbers[at] != 0 && (keys[2 * at] != high || keys[2 * at + 1] != low)) {
                at = (at + 1) & (numbers.length - 1);
            }
            return at;
        }
    }
}
