package io.culvert.config.reader;

import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of reading a configuration.
 *
 * @param config null if and only if a diagnostic is an error
 * @param diagnostics every fault, in the order of the files and of the places in them
 */
public record LoadResult(@Nullable CulvertConfig config, List<Diagnostic> diagnostics) {
    public LoadResult {
        diagnostics = List.copyOf(diagnostics);
        if ((config == null) != diagnostics.stream().anyMatch(Diagnostic::isError)) {
            throw new IllegalArgumentException("a configuration is absent exactly where there is an error");
        }
    }
}
