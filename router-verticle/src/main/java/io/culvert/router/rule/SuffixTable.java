package io.culvert.router.rule;

import java.util.List;

/**
 * The {@code full:} and {@code domain:} entries of a rule in one open-addressing hash table. The hash of a name is made from
 * its end, so one walk over it gives the hash of every parent domain, and nothing is allocated.
 */
final class SuffixTable {
    private static final byte EXACT = 1;
    private static final byte WITH_SUBDOMAINS = 2;

    private final String[] names;
    private final byte[] kinds;
    private final int mask;
    private final boolean empty;

    /** Both lists in canonical form: lower case, without a trailing dot. */
    SuffixTable(List<String> exact, List<String> withSubdomains) {
        int entries = exact.size() + withSubdomains.size();
        // At most half full, so that a probe always ends.
        int capacity = Integer.highestOneBit(Math.max(1, entries)) << 2;
        this.names = new String[capacity];
        this.kinds = new byte[capacity];
        this.mask = capacity - 1;
        this.empty = entries == 0;
        for (String name : exact) {
            add(name, EXACT);
        }
        for (String name : withSubdomains) {
            add(name, WITH_SUBDOMAINS);
        }
    }

    /** Whether an entry is the name or, for entries with sub-domains, one of its parents. */
    boolean matches(String name) {
        if (empty) {
            return false;
        }
        int hash = 0;
        for (int from = name.length() - 1; from >= 0; from--) {
            hash = step(hash, name.charAt(from));
            if (from == 0) {
                return (kindOf(name, 0, hash) & (EXACT | WITH_SUBDOMAINS)) != 0;
            }
            if (name.charAt(from - 1) == '.' && (kindOf(name, from, hash) & WITH_SUBDOMAINS) != 0) {
                return true;
            }
        }
        return false;
    }

    private void add(String name, byte kind) {
        int hash = 0;
        for (int from = name.length() - 1; from >= 0; from--) {
            hash = step(hash, name.charAt(from));
        }
        int slot = spread(hash);
        while (names[slot] != null && !names[slot].equals(name)) {
            slot = (slot + 1) & mask;
        }
        names[slot] = name;
        kinds[slot] |= kind;
    }

    private int kindOf(String name, int from, int hash) {
        int length = name.length() - from;
        for (int slot = spread(hash); names[slot] != null; slot = (slot + 1) & mask) {
            String candidate = names[slot];
            if (candidate.length() == length && candidate.regionMatches(0, name, from, length)) {
                return kinds[slot];
            }
        }
        return 0;
    }

    private static int step(int hash, char c) {
        return 31 * hash + c;
    }

    private int spread(int hash) {
        return (hash ^ (hash >>> 16)) & mask;
    }
}
