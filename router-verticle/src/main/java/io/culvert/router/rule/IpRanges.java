package io.culvert.router.rule;

import io.culvert.model.Cidr;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A set of networks as sorted, disjoint ranges: a look-up is one binary search, however many networks there are. IPv4 and
 * IPv6 never mix; an IPv4-mapped IPv6 address is IPv4 (wire-formats section 17.2).
 */
public final class IpRanges {
    private static final int V4_BYTES = 4;
    private static final int SHOWN = 4;

    private final Family v4;
    private final Family v6;
    private final String text;

    private IpRanges(Family v4, Family v6, String text) {
        this.v4 = v4;
        this.v6 = v6;
        this.text = text;
    }

    /** The union of networks. */
    public static IpRanges of(List<Cidr> networks) {
        List<Range> v4 = new ArrayList<>();
        List<Range> v6 = new ArrayList<>();
        for (Cidr network : networks) {
            byte[] raw = network.address().getAddress();
            (raw.length == V4_BYTES ? v4 : v6).add(Range.of(raw, network.prefixLength()));
        }
        return new IpRanges(new Family(v4), new Family(v6), describe(networks));
    }

    /** Whether one of the networks holds an address. */
    public boolean contains(InetAddress address) {
        byte[] raw = address.getAddress();
        if (raw.length == V4_BYTES) {
            return v4.contains(0, bits(raw, 0, V4_BYTES));
        }
        long high = bits(raw, 0, 8);
        long low = bits(raw, 8, 8);
        boolean mapped = high == 0 && low >>> 32 == 0xffffL;
        return mapped ? v4.contains(0, low & 0xffff_ffffL) : v6.contains(high, low);
    }

    /** The first few networks, and how many there are. */
    @Override
    public String toString() {
        return text;
    }

    private static String describe(List<Cidr> networks) {
        if (networks.size() <= SHOWN) {
            return networks.toString();
        }
        return networks.subList(0, SHOWN) + " and " + (networks.size() - SHOWN) + " more";
    }

    private static long bits(byte[] raw, int from, int count) {
        long value = 0;
        for (int i = from; i < from + count; i++) {
            value = (value << 8) | (raw[i] & 0xff);
        }
        return value;
    }

    private static int compare(long highA, long lowA, long highB, long lowB) {
        int high = Long.compareUnsigned(highA, highB);
        return high != 0 ? high : Long.compareUnsigned(lowA, lowB);
    }

    /** From the first to the last address of a network, both included, as 128-bit numbers. */
    private record Range(long fromHigh, long fromLow, long toHigh, long toLow) implements Comparable<Range> {

        static Range of(byte[] raw, int prefixLength) {
            byte[] first = raw.clone();
            byte[] last = raw.clone();
            for (int bit = prefixLength; bit < raw.length * 8; bit++) {
                int mask = 0x80 >> (bit & 7);
                first[bit >> 3] &= (byte) ~mask;
                last[bit >> 3] |= (byte) mask;
            }
            if (raw.length == V4_BYTES) {
                return new Range(0, bits(first, 0, V4_BYTES), 0, bits(last, 0, V4_BYTES));
            }
            return new Range(bits(first, 0, 8), bits(first, 8, 8), bits(last, 0, 8), bits(last, 8, 8));
        }

        @Override
        public int compareTo(Range other) {
            int from = compare(fromHigh, fromLow, other.fromHigh, other.fromLow);
            return from != 0 ? from : compare(toHigh, toLow, other.toHigh, other.toLow);
        }
    }

    /** The ranges of one address family, ascending and disjoint. */
    private static final class Family {
        private final long[] fromHigh;
        private final long[] fromLow;
        private final long[] toHigh;
        private final long[] toLow;
        private int count;

        Family(List<Range> ranges) {
            Range[] sorted = ranges.toArray(new Range[0]);
            Arrays.sort(sorted);
            fromHigh = new long[sorted.length];
            fromLow = new long[sorted.length];
            toHigh = new long[sorted.length];
            toLow = new long[sorted.length];
            for (Range range : sorted) {
                add(range);
            }
        }

        private void add(Range range) {
            int last = count - 1;
            boolean overlaps = last >= 0 && compare(range.fromHigh, range.fromLow, toHigh[last], toLow[last]) <= 0;
            if (!overlaps) {
                last = count++;
                fromHigh[last] = range.fromHigh;
                fromLow[last] = range.fromLow;
            }
            if (!overlaps || compare(range.toHigh, range.toLow, toHigh[last], toLow[last]) > 0) {
                toHigh[last] = range.toHigh;
                toLow[last] = range.toLow;
            }
        }

        boolean contains(long high, long low) {
            int below = 0;
            int above = count;
            while (below < above) {
                int middle = (below + above) >>> 1;
                if (compare(fromHigh[middle], fromLow[middle], high, low) <= 0) {
                    below = middle + 1;
                } else {
                    above = middle;
                }
            }
            int candidate = below - 1;
            return candidate >= 0 && compare(high, low, toHigh[candidate], toLow[candidate]) <= 0;
        }
    }
}
