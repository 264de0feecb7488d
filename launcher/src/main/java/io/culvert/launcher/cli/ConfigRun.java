package io.culvert.launcher.cli;

import io.culvert.config.CulvertConfig;
import io.culvert.launcher.BuildInfo;
import io.culvert.launcher.HostPort;
import io.culvert.launcher.Node;
import io.culvert.launcher.NodeOptions;
import io.culvert.launcher.log.AccessLog;
import io.culvert.launcher.log.Logs;
import java.io.IOException;
import java.time.Duration;

/** What {@code run} and V2Ray 4's flags have in common. */
final class ConfigRun {
    private final CliContext context;

    ConfigRun(CliContext context) {
        this.context = context;
    }

    /** Checks a configuration and says {@code Configuration OK.}, with warnings in front of it. */
    int test(ConfigOptions options) throws CommandFailure {
        if (options.load(context.configSource(), context.out(), false) == null) {
            return Exit.CONFIG;
        }
        context.out().println("Configuration OK.");
        return Exit.OK;
    }

    /** Runs a configuration until a signal ends it. */
    int run(ConfigOptions options, NodeArguments arguments) throws CommandFailure, InterruptedException {
        Duration drainLimit = arguments.drainLimit();
        CulvertConfig config = options.load(context.configSource(), context.err(), true);
        if (config == null) {
            return Exit.CONFIG;
        }
        try (AccessLog access = logs(config)) {
            Foreground foreground = new Foreground(context, drainLimit);
            Node node = foreground.start(config, new NodeOptions(arguments.admin(context), access));
            context.out().println(BuildInfo.banner() + " " + Foreground.startedIn());
            node.listening().forEach(context.out()::println);
            if (node.admin() != null) {
                context.out().println("admin " + HostPort.of(node.admin()));
            }
            return foreground.untilStopped(node);
        }
    }

    /** Sets up the log and opens the access log. */
    static AccessLog logs(CulvertConfig config) throws CommandFailure {
        try {
            Logs.configure(config.log());
            return Logs.access(config.log());
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, "the log cannot be written: " + e);
        }
    }
}
