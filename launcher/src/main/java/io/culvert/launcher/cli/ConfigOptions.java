package io.culvert.launcher.cli;

import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.reader.ConfigCheck;
import io.culvert.config.reader.ConfigFiles;
import io.culvert.config.reader.DiagnosticPrinter;
import io.culvert.config.reader.Source;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a configuration, as V2Ray 4 and later versions spell them. */
final class ConfigOptions {
    private static final Set<String> FORMATS = Set.of("json", "jsonc", "auto");

    /** What the reader calls standard input. */
    private static final String STDIN = "stdin";

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

    /** A configuration and the texts that it was read from. */
    record Read(CulvertConfig config, List<Source> sources) {
        /** The files to watch, absolute; empty where there are none, as with standard input. */
        List<Path> files() {
            return sources.stream().anyMatch(source -> source.name().equals(STDIN))
                    ? List.of()
                    : sources.stream()
                            .map(source -> Path.of(source.name()).toAbsolutePath())
                            .toList();
        }
    }

    boolean named() {
        return !files.isEmpty() || folder != null;
    }

    /** The folder to watch, absolute, or null. */
    @Nullable
    Path watchedFolder() {
        return folder == null ? null : Path.of(folder).toAbsolutePath();
    }

    /**
     * Reads the configuration and prints what is wrong with it.
     *
     * @param running whether it is to be run: what this version cannot run is then an error, else a warning
     * @return null where there is an error
     */
    @Nullable
    Read load(ConfigSource source, PrintWriter report, boolean running) throws CommandFailure {
        if (!FORMATS.contains(format)) {
            throw new CommandFailure(Exit.USAGE, "-format " + format + " is not supported; use json");
        }
        ConfigSource.Loaded loaded = source.load(files, folder);
        List<Diagnostic> diagnostics = ConfigCheck.diagnostics(loaded.result(), running);
        DiagnosticPrinter.lines(diagnostics).forEach(report::println);
        CulvertConfig config = loaded.result().config();
        return config == null || diagnostics.stream().anyMatch(Diagnostic::isError)
                ? null
                : new Read(config, loaded.sources());
    }

    /** Reads the texts anew, as {@link #load} has. */
    ConfigFiles.Found again(ConfigSource source) {
        ConfigSource.Loaded loaded = source.load(files, folder);
        return new ConfigFiles.Found(
                loaded.sources(), loaded.sources().isEmpty() ? loaded.result().diagnostics() : List.of());
    }
}
