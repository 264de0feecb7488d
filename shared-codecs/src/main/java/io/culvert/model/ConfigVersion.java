package io.culvert.model;

import java.util.Comparator;

/**
 * Which configuration of a farm. Nodes that could not hear each other may have given two of them the same epoch; then the later
 * one wins, and of two of one millisecond the one with the greater digest, so that all nodes agree without asking (reliability
 * section 3, design rule 4).
 *
 * @param epoch 1 for what a node was started with, more for each that was applied
 * @param millis when it was applied, by the clock of the node where it was, Unix milliseconds; 0 for that of a start
 * @param digest of its texts; 0 for that of a start, which each node reads from files of its own
 */
public record ConfigVersion(long epoch, long millis, long digest) implements Comparable<ConfigVersion> {
    private static final Comparator<ConfigVersion> ORDER = Comparator.comparingLong(ConfigVersion::epoch)
            .thenComparingLong(ConfigVersion::millis)
            .thenComparingLong(ConfigVersion::digest);

    /** The configuration of a start, or any other of whose time and texts nothing is to be said. */
    public static ConfigVersion of(long epoch) {
        return new ConfigVersion(epoch, 0, 0);
    }

    @Override
    public int compareTo(ConfigVersion other) {
        return ORDER.compare(this, other);
    }

    /** Whether this one wins over another. */
    public boolean wins(ConfigVersion other) {
        return compareTo(other) > 0;
    }
}
