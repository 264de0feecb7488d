package io.culvert.launcher;

import io.culvert.config.Diagnostic;
import io.culvert.config.Position;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import io.culvert.launcher.cli.ConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the configuration that a command line names. */
final class Wiring {
    private Wiring() {}

    static ConfigSource.Loaded load(List<String> files, List<String> folders) {
        List<Source> sources = new ArrayList<>();
        for (String file : files) {
            try {
                sources.add(new Source(file, Files.readString(Path.of(file))));
            } catch (IOException e) {
                return new ConfigSource.Loaded(
                        null, List.of(new Diagnostic(Diagnostic.Severity.ERROR, Position.NONE, e.toString())));
            }
        }
        LoadResult result = ConfigLoader.load(sources, Environment.ofProcess());
        return new ConfigSource.Loaded(result.config(), result.diagnostics());
    }
}
