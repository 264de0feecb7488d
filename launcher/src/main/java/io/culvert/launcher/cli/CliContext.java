package io.culvert.launcher.cli;

import io.culvert.launcher.DataPath;
import io.culvert.launcher.Shutdown;
import io.culvert.launcher.Upkeep;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;

/** What the commands use of the world around them. */
public record CliContext(
        PrintWriter out,
        PrintWriter err,
        Map<String, String> environment,
        Path home,
        ConfigSource configSource,
        DataPath.Factory dataPath,
        Shutdown shutdown,
        Upkeep upkeep) {
    public CliContext {
        environment = Map.copyOf(environment);
    }
}
