package io.culvert.config.reader;

import io.culvert.config.CulvertConfig.Unsupported;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import java.util.ArrayList;
import java.util.List;

/** Whether a configuration that has been read can also be run. */
public final class ConfigCheck {
    private ConfigCheck() {}

    /**
     * What the reader found; what this version lacks is said once, and last.
     *
     * @param running whether it is to be run: what this version lacks is then an error, else a warning
     */
    public static List<Diagnostic> diagnostics(LoadResult loaded, boolean running) {
        List<Diagnostic> all = new ArrayList<>(loaded.diagnostics());
        if (loaded.config() == null) {
            return all;
        }
        for (Unsupported unsupported : loaded.config().unsupported()) {
            String message = unsupported.message();
            all.removeIf(known -> known.position().equals(unsupported.position())
                    && known.message().equals(message));
            all.add(new Diagnostic(running ? Severity.ERROR : Severity.WARNING, unsupported.position(), message));
        }
        return all;
    }

    /** Reads texts that are to be run: without a configuration where anything stands in the way. */
    public static LoadResult load(List<Source> sources, Environment environment) {
        LoadResult loaded = ConfigLoader.load(sources, environment);
        List<Diagnostic> diagnostics = diagnostics(loaded, true);
        boolean failed = diagnostics.stream().anyMatch(Diagnostic::isError);
        return new LoadResult(failed ? null : loaded.config(), diagnostics);
    }
}
