package io.culvert.launcher;

import io.culvert.config.reader.ConfigFiles;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.launcher.cli.Cli;
import io.culvert.launcher.cli.CliContext;
import io.culvert.launcher.cli.ConfigSource;
import io.culvert.launcher.log.Logs;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the process begins. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Shutdown shutdown = new Shutdown(status -> Runtime.getRuntime().halt(status));
        shutdown.install();
        Upkeep upkeep = new Upkeep();
        upkeep.install(shutdown);
        CliContext context = new CliContext(
                writer(new FileOutputStream(FileDescriptor.out)),
                writer(new FileOutputStream(FileDescriptor.err)),
                System.getenv(),
                Path.of(System.getProperty("user.home", ".")),
                Main::load,
                DeployedDataPath::deploy,
                shutdown,
                upkeep);
        int status = Cli.execute(args, context);
        context.out().flush();
        context.err().flush();
        Logs.close();
        System.exit(status);
    }

    private static ConfigSource.Loaded load(List<String> files, @Nullable String folder) {
        Environment environment = Environment.ofProcess();
        ConfigFiles.Found found = ConfigFiles.find(files, folder, Path.of(""), environment, System.in);
        return found.diagnostics().isEmpty()
                ? new ConfigSource.Loaded(ConfigLoader.load(found.sources(), environment), found.sources())
                : new ConfigSource.Loaded(new LoadResult(null, found.diagnostics()), List.of());
    }

    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }
}
