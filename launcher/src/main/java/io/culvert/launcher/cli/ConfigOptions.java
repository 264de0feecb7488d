package io.culvert.launcher.cli;

import io.culvert.admin.ConfigBody;
import io.culvert.admin.ConfigView;
import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.Position;
import io.culvert.config.reader.ConfigCheck;
import io.culvert.config.reader.ConfigFiles;
import io.culvert.config.reader.DiagnosticPrinter;
import io.culvert.config.reader.Source;
import io.culvert.launcher.StartCheck;
import io.culvert.launcher.reload.AppliedFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
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
            description = "A configuration, a file or an http(s):// address; several are merged in order. stdin: reads"
                    + " standard input.")
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
        /** The sources as the admin API takes them. */
        List<ConfigView.Text> texts() {
            return sources.stream()
                    .map(source -> new ConfigView.Text(source.name(), source.text()))
                    .toList();
        }

        /** What tells a configuration of these files from one of others, 16 hex digits. */
        String name() {
            return AppliedFile.nameOf(sources.stream()
                    .map(source -> source.name().equals(STDIN) || ConfigFiles.isRemote(source.name())
                            ? source.name()
                            : Path.of(source.name())
                                    .toAbsolutePath()
                                    .normalize()
                                    .toString())
                    .toList());
        }

        /** Whether a part of it came by standard input. */
        boolean ofStdin() {
            return sources.stream().anyMatch(source -> source.name().equals(STDIN));
        }

        /** The files to watch, absolute; empty where there are none, as with standard input. */
        List<Path> files() {
            return ofStdin()
                    ? List.of()
                    : sources.stream()
                            .filter(source -> !ConfigFiles.isRemote(source.name()))
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
        checkFormat();
        ConfigSource.Loaded loaded = source.load(files, folder);
        List<Diagnostic> diagnostics = diagnostics(loaded, running);
        DiagnosticPrinter.lines(diagnostics).forEach(report::println);
        CulvertConfig config = loaded.result().config();
        return config == null || diagnostics.stream().anyMatch(Diagnostic::isError)
                ? null
                : new Read(config, loaded.sources());
    }

    /** Everything that is wrong with the configuration and with the files that it names: what a start would refuse is an error. */
    List<Diagnostic> check(ConfigSource source) throws CommandFailure {
        checkFormat();
        ConfigSource.Loaded loaded = source.load(files, folder);
        List<Diagnostic> all = new ArrayList<>(diagnostics(loaded, true));
        CulvertConfig config = loaded.result().config();
        if (config != null) {
            all.addAll(StartCheck.of(config, Instant.now()));
        }
        return all;
    }

    private void checkFormat() throws CommandFailure {
        if (!FORMATS.contains(format)) {
            throw new CommandFailure(Exit.USAGE, "-format " + format + " is not supported; use json");
        }
    }

    private static List<Diagnostic> diagnostics(ConfigSource.Loaded loaded, boolean running) {
        List<Diagnostic> all = new ArrayList<>(ConfigCheck.diagnostics(loaded.result(), running));
        CulvertConfig config = loaded.result().config();
        if (config != null) {
            long bytes = ConfigBody.bytes(new Read(config, loaded.sources()).texts());
            if (bytes > ConfigBody.MOST_BYTES) {
                all.add(tooLong(loaded.sources(), bytes, config.cluster() != null));
            }
        }
        return all;
    }

    /** Without a farm it runs; only nobody can hand it to a node that does. */
    private static Diagnostic tooLong(List<Source> sources, long bytes, boolean inFarm) {
        String size = "the configuration has " + bytes + " bytes as nodes send it to each other, the limit is "
                + ConfigBody.MOST_BYTES;
        return new Diagnostic(
                inFarm ? Severity.ERROR : Severity.WARNING,
                new Position(sources.getFirst().name(), 1, 1, ""),
                inFarm ? size : size + ": \"apply\" and farms do not take it");
    }

    /** Reads the texts anew, as {@link #load} has. */
    ConfigFiles.Found again(ConfigSource source) {
        ConfigSource.Loaded loaded = source.load(files, folder);
        return new ConfigFiles.Found(
                loaded.sources(), loaded.sources().isEmpty() ? loaded.result().diagnostics() : List.of());
    }
}
