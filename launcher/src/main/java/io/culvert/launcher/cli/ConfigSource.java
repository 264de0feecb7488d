package io.culvert.launcher.cli;

import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
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
     * @param folders as written after {@code -confdir}
     */
    Loaded load(List<String> files, List<String> folders);

    /**
     * What came of it.
     *
     * @param config null if and only if a diagnostic is an error
     */
    record Loaded(@Nullable CulvertConfig config, List<Diagnostic> diagnostics) {
        public Loaded {
            diagnostics = List.copyOf(diagnostics);
        }
    }
}
