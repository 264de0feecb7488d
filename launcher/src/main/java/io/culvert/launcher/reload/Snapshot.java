package io.culvert.launcher.reload;

import io.culvert.config.CulvertConfig;
import io.culvert.config.reader.Source;
import java.util.List;

/**
 * A configuration that runs, or has run.
 *
 * @param epoch which one it is: 1 for that of the start, more for each that was applied
 * @param sources the texts that it was read from, which another node can read again; empty where it was made without any
 * @param config as this node runs it, with its own log files and cluster section
 */
public record Snapshot(long epoch, List<Source> sources, CulvertConfig config) {
    /** The epoch of the configuration that a node starts with. */
    public static final long FIRST_EPOCH = 1;

    public Snapshot {
        sources = List.copyOf(sources);
    }
}
