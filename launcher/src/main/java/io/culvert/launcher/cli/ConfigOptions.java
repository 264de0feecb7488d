package io.culvert.launcher.cli;

import io.culvert.config.CulvertConfig;
import io.culvert.config.CulvertConfig.Unsupported;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
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
    private List<String> folders = new ArrayList<>();

    @Option(
            names = {"-format", "--format"},
            paramLabel = "FORMAT",
            description = "json, which is all there is.")
    private String format = "json";

    boolean named() {
        return !files.isEmpty() || !folders.isEmpty();
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
        ConfigSource.Loaded loaded = source.load(files, folders);
        List<Diagnostic> diagnostics = withUnsupported(loaded, running);
        diagnostics.forEach(report::println);
        long errors = diagnostics.stream().filter(Diagnostic::isError).count();
        if (!diagnostics.isEmpty()) {
            report.println(count(errors, "error") + ", " + count(diagnostics.size() - errors, "warning"));
        }
        return errors > 0 ? null : loaded.config();
    }

    /** What the reader found, and what the version lacks unless the reader has said so at the same place. */
    private static List<Diagnostic> withUnsupported(ConfigSource.Loaded loaded, boolean running) {
        List<Diagnostic> all = new ArrayList<>(loaded.diagnostics());
        if (loaded.config() == null) {
            return all;
        }
        for (Unsupported unsupported : loaded.config().unsupported()) {
            if (running) {
                all.removeIf(known -> isAbout(known, unsupported));
                all.add(new Diagnostic(
                        Severity.ERROR, unsupported.position(), unsupported.what() + " is not supported yet"));
            } else if (all.stream().noneMatch(known -> isAbout(known, unsupported))) {
                all.add(new Diagnostic(
                        Severity.WARNING, unsupported.position(), unsupported.what() + " is not supported yet"));
            }
        }
        return all;
    }

    private static boolean isAbout(Diagnostic known, Unsupported unsupported) {
        return known.position().equals(unsupported.position())
                && known.message().contains("not supported yet");
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
