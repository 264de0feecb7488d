package io.culvert.launcher.cli;

import io.culvert.config.CulvertConfig;
import io.culvert.config.CulvertConfig.Unsupported;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.reader.DiagnosticPrinter;
import io.culvert.config.reader.LoadResult;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a configuration, as V2Ray 4 and later versions spell them. */
final class ConfigOptions {
    private static final Set<String> FORMATS = Set.of("json", "jsonc", "auto");

    @Option(
            names = {"-c", "-config", "--config"},
            paramLabel = "FILE",
            description = "A configuration; several are merged in order. stdin: reads standard input.")
    private List<String> files = new ArrayList<>();

    @Option(
            names = {"-d", "-confdir", "--confdir"},
            paramLabel = "FOLDER",
            description = "A folder whose *.json files are merged in the order of their names.")
    private @Nullable String folder;

    @Option(
            names = {"-format", "--format"},
            paramLabel = "FORMAT",
            description = "json, which is all there is.")
    private String format = "json";

    boolean named() {
        return !files.isEmpty() || folder != null;
    }

    /**
     * Reads the configuration and prints what is wrong with it.
     *
     * @param running whether it is to be run: what this version cannot run is then an error, else a warning
     * @return null where there is an error
     */
    @Nullable
    CulvertConfig load(ConfigSource source, PrintWriter report, boolean running) throws CommandFailure {
        if (!FORMATS.contains(format)) {
            throw new CommandFailure(Exit.USAGE, "-format " + format + " is not supported; use json");
        }
        LoadResult loaded = source.load(files, folder);
        List<Diagnostic> diagnostics = withUnsupported(loaded, running);
        DiagnosticPrinter.lines(diagnostics).forEach(report::println);
        return diagnostics.stream().anyMatch(Diagnostic::isError) ? null : loaded.config();
    }

    /** What the reader found; what this version lacks is said once, and last. */
    private static List<Diagnostic> withUnsupported(LoadResult loaded, boolean running) {
        List<Diagnostic> all = new ArrayList<>(loaded.diagnostics());
        if (loaded.config() == null) {
            return all;
        }
        for (Unsupported unsupported : loaded.config().unsupported()) {
            String message = unsupported.what() + " is not supported yet";
            all.removeIf(known -> known.position().equals(unsupported.position())
                    && known.message().equals(message));
            all.add(new Diagnostic(running ? Severity.ERROR : Severity.WARNING, unsupported.position(), message));
        }
        return all;
    }
}
