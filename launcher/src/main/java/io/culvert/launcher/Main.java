package io.culvert.launcher;

import io.culvert.config.reader.ConfigFiles;
import io.culvert.config.reader.Environment;
import io.culvert.launcher.cli.Cli;
import io.culvert.launcher.cli.CliContext;
import io.culvert.launcher.log.Logs;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where the process begins. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Shutdown shutdown = new Shutdown(status -> Runtime.getRuntime().halt(status));
        shutdown.install();
        CliContext context = new CliContext(
                writer(new FileOutputStream(FileDescriptor.out)),
                writer(new FileOutputStream(FileDescriptor.err)),
                System.getenv(),
                Path.of(System.getProperty("user.home", ".")),
                (files, folder) -> ConfigFiles.load(files, folder, Path.of(""), Environment.ofProcess(), System.in),
                DeployedDataPath::deploy,
                shutdown);
        int status = Cli.execute(args, context);
        context.out().flush();
        context.err().flush();
        Logs.close();
        System.exit(status);
    }

    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }
}
