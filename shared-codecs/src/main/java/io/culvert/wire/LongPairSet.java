package io.culvert.wire;

/** A growing set of 128-bit values in open addressing, 16 bytes a slot. To be used under its owner's lock. */
public final class LongPairSet {
    private static final int FIRST_SLOTS = 64;

    /** Pairs of high and low; a pair of zeros is a free slot. */
    private long[] slots = new long[FIRST_SLOTS * 2];

    private int size;
    private boolean hasZero;

    /** How many values it holds. */
    public int size() {
        return size;
    }

    /** Whether it holds a value. */
    public boolean contains(long high, long low) {
        if ((high | low) == 0) {
            return hasZero;
        }
        int at = find(slots, high, low);
        return (slots[at] | slots[at + 1]) != 0;
    }

    /** Adds a value that is not there yet. */
    public void add(long high, long low) {
        size++;
        if ((high | low) == 0) {
            hasZero = true;
            return;
        }
        if (size * 4L > slots.length) {
            grow();
        }
        put(slots, high, low);
    }

    private void grow() {
        long[] wider = new long[slots.length * 2];
        for (int at = 0; at < slots.length; at += 2) {
            if ((slots[at] | slots[at + 1]) != 0) {
                put(wider, slots[at], slots[at + 1]);
            }
        }
        slots = wider;
    }

    private static void put(long[] slots, long high, long low) {
        int at = find(slots, high, low);
        slots[at] = high;
        slots[at + 1] = low;
    }

    /** The slot of a value, or the free one where it would stand. */
    private static int find(long[] slots, long high, long low) {
        int mask = slots.length - 2;
        int at = mix(high, low) & mask;
        while ((slots[at] | slots[at + 1]) != 0 && (slots[at] != high || slots[at + 1] != low)) {
            at = (at + 2) & mask;
        }
        return at;
    }

    /** An even number from all 128 bits. */
    public static int mix(long high, long low) {
        long mixed = (high * 0x9E3779B97F4A7C15L ^ low) * 0xD6E8FEB86659FD93L;
        return (int) (mixed >>> 32) & ~1;
    }
}
