package io.culvert.launcher.reload;

import io.culvert.bus.ConfigMessage;
import io.culvert.config.CulvertConfig;
import io.culvert.config.reader.Source;
import io.culvert.model.ConfigVersion;
import java.util.ArrayList;
import java.util.List;

/**
 * A configuration that runs, or has run.
 *
 * @param version which one it is
 * @param sources the texts that it was read from, which another node can read again; empty where it was made without any
 * @param config as this node runs it, with its own log files and cluster section
 * @param before those that it has taken the place of, here or where it comes from; the latest first, at most
 *     {@link ConfigMessage#MAX_BEFORE}
 */
public record Snapshot(ConfigVersion version, List<Source> sources, CulvertConfig config, List<ConfigVersion> before) {
    /** The epoch of the configuration that a node starts with. */
    public static final long FIRST_EPOCH = 1;

    public Snapshot {
        sources = List.copyOf(sources);
        before = List.copyOf(before);
    }

    /** The first of a node. */
    public Snapshot(long epoch, List<Source> sources, CulvertConfig config) {
        this(ConfigVersion.of(epoch), sources, config, List.of());
    }

    /** 1 for that of the start, more for each that was applied. */
    public long epoch() {
        return version.epoch();
    }

    /** What a configuration that takes the place of this one has before it. */
    public List<ConfigVersion> andBefore() {
        List<ConfigVersion> all = new ArrayList<>(before);
        all.addFirst(version);
        return List.copyOf(all.subList(0, Math.min(all.size(), ConfigMessage.MAX_BEFORE)));
    }
}
