package io.culvert.launcher.cli;

import io.culvert.admin.AdminOptions;
import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.reader.DiagnosticPrinter;
import io.culvert.files.FileFaults;
import io.culvert.launcher.BuildInfo;
import io.culvert.launcher.HostPort;
import io.culvert.launcher.NativeLibraries;
import io.culvert.launcher.Node;
import io.culvert.launcher.NodeOptions;
import io.culvert.launcher.StartCheck;
import io.culvert.launcher.log.AccessLog;
import io.culvert.launcher.log.Logs;
import io.culvert.launcher.reload.AppliedFile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code run} and V2Ray 4's flags have in common. */
final class ConfigRun {
    private final CliContext context;

    ConfigRun(CliContext context) {
        this.context = context;
    }

    /** Says everything that is wrong with a configuration, and {@code Configuration OK.} last where {@link #run} would start. */
    int test(ConfigOptions options, Path state, TestReport report) throws CommandFailure {
        NativeLibraries.prepare(state, context.err()::println);
        return report.print(options.check(context.configSource()), context.out());
    }

    /** Runs a configuration until a signal ends it. */
    int run(ConfigOptions options, NodeArguments arguments) throws CommandFailure, InterruptedException {
        NativeLibraries.prepare(arguments.state(context), context.err()::println);
        ConfigOptions.Read read = options.load(context.configSource(), context.err(), true);
        if (read == null) {
            return Exit.CONFIG;
        }
        try {
            return run(options, arguments, read);
        } catch (CommandFailure e) {
            // Where the configuration is to blame, all its faults are said, with the status that forbids a restart.
            List<Diagnostic> faults =
                    e.status() == Exit.FAILED ? StartCheck.of(read.config(), Instant.now()) : List.of();
            if (faults.isEmpty()) {
                throw e;
            }
            DiagnosticPrinter.lines(faults).forEach(context.err()::println);
            return Exit.CONFIG;
        }
    }

    private int run(ConfigOptions options, NodeArguments arguments, ConfigOptions.Read read)
            throws CommandFailure, InterruptedException {
        CulvertConfig config = read.config();
        @Nullable Duration drainLimit = arguments.drainLimit();
        AdminOptions admin = arguments.admin(context, config);
        try (AccessLog access = logs(config)) {
            Foreground foreground = new Foreground(context, drainLimit);
            // Without an admin server nothing can be applied but what the files become.
            AppliedFile applied = admin == null ? null : arguments.applied(context, read);
            Node node = foreground.start(
                    config,
                    new NodeOptions(admin, access, read.sources(), applied)
                            .withSeenHeaders(arguments.seenHeaders(context, read)));
            NativeLibraries.check(context.err()::println);
            watch(node, options, read);
            context.out().println(BuildInfo.banner() + " " + Foreground.startedIn());
            sayOrigin(context, node, applied);
            if (!node.company().isEmpty()) {
                context.out().println(node.company());
            }
            node.listening().forEach(context.out()::println);
            InetSocketAddress address = node.admin();
            if (admin == null || address == null) {
                return foreground.untilStopped();
            }
            context.out().println("admin " + HostPort.of(address));
            return reachable(foreground, arguments.state(context), address, admin.tokenFile());
        }
    }

    /** Where the configuration comes from that a node runs, wherever that is not the file that it was started with. */
    static void sayOrigin(CliContext context, Node node, @Nullable AppliedFile applied) {
        if (!node.origin().isEmpty()) {
            context.out()
                    .println("begins with " + node.origin()
                            + (applied == null ? "" : " (kept in " + applied.path() + ")"));
        }
    }

    private void watch(Node node, ConfigOptions options, ConfigOptions.Read read) {
        // What came by standard input comes once.
        if (!read.ofStdin()) {
            node.watch(() -> options.again(context.configSource()), read.files(), options.watchedFolder());
        }
    }

    /** Runs a node that commands find by its state folder. */
    int reachable(Foreground foreground, Path state, InetSocketAddress admin, Path token) throws CommandFailure {
        String owner = AdminFile.write(state, admin, token);
        if (!owner.isEmpty()) {
            context.err()
                    .println("another node runs with the state folder " + state + " (" + owner + "): commands with that"
                            + " folder mean that node; --state gives this one a folder of its own");
        }
        try {
            return foreground.untilStopped();
        } finally {
            AdminFile.remove(state);
        }
    }

    /** Sets up the log and opens the access log. */
    static AccessLog logs(CulvertConfig config) throws CommandFailure {
        try {
            Logs.configure(config.log());
            return Logs.access(config.log());
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, "the log cannot be written: " + FileFaults.of(e));
        }
    }
}
