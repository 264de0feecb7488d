package io.culvert.launcher.cli;

import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the configuration that a command line names. */
@FunctionalInterface
public interface ConfigSource {

    /**
     * Reads and validates everything. A file that cannot be read is a diagnostic, not an exception.
     *
     * @param files as written after {@code -config}; {@code stdin:} is standard input. Where neither files nor folders are
     *     given, V2Ray's places are searched
     * @param folder as written after {@code -confdir}, or null
     */
    Loaded load(List<String> files, @Nullable String folder);

    /**
     * What was read.
     *
     * @param sources the texts; empty where one of them could not be read
     */
    record Loaded(LoadResult result, List<Source> sources) {
        public Loaded {
            sources = List.copyOf(sources);
        }
    }
}
