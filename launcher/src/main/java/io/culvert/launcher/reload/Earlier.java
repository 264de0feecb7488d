package io.culvert.launcher.reload;

import io.culvert.config.reader.Source;
import io.culvert.model.ConfigVersion;
import java.util.List;

/**
 * A configuration that has run, to which {@code apply --previous} goes back.
 *
 * @param version which one it was
 * @param sources its texts
 */
public record Earlier(ConfigVersion version, List<Source> sources) {
    public Earlier {
        sources = List.copyOf(sources);
    }

    /** A snapshot that another one takes the place of. */
    public static Earlier of(Snapshot snapshot) {
        return new Earlier(snapshot.version(), snapshot.sources());
    }
}
