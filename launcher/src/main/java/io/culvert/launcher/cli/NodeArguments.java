package io.culvert.launcher.cli;

import io.culvert.admin.AdminOptions;
import io.culvert.config.CulvertConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.launcher.BuildInfo;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.StateFolder;
import io.culvert.launcher.reload.AppliedFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a configuration that runs. */
final class NodeArguments {
    @Option(
            names = {"-drain-seconds", "--drain-seconds"},
            paramLabel = "N",
            description = "The longest that sessions may go on after SIGTERM; \"policy\": {\"drain\": …} unless given,"
                    + " which is 30 s, and 300 s for those that carry payload, unless set.")
    private @Nullable Integer drainSeconds;

    @Option(
            names = {"-admin", "--admin"},
            paramLabel = "HOST:PORT",
            description =
                    "Serves health, metrics and the API there; unless given, a node of a farm does so on a free port"
                            + " of loopback, and any other nowhere.")
    private @Nullable String admin;

    @Option(
            names = {"-admin-token", "--admin-token"},
            paramLabel = "FILE",
            description = "The file with the bearer token of the admin API, made where it is missing.")
    private @Nullable Path adminToken;

    @Option(
            names = {"-admin-host", "--admin-host"},
            paramLabel = "NAME",
            description = "A further name under which the admin server answers, besides localhost and this machine's"
                    + " addresses; may be given several times.")
    private List<String> adminHosts = new ArrayList<>();

    @Option(
            names = {"-metrics-token", "--metrics-token"},
            paramLabel = "FILE",
            description =
                    "The file with the bearer token that opens /metrics and nothing else, made where it is missing;"
                            + " metrics-token in the state folder unless given. On loopback /metrics wants none.")
    private @Nullable Path metricsToken;

    @Mixin
    private final StateOption state = new StateOption();

    /** The longest drain, or null for what the configuration says. */
    @Nullable
    Duration drainLimit() throws CommandFailure {
        if (drainSeconds == null) {
            return null;
        }
        if (drainSeconds < 0 || drainSeconds > PolicyConfig.Drain.MAX_MILLIS / 1_000) {
            throw new CommandFailure(Exit.USAGE, "--drain-seconds is 0 to " + PolicyConfig.Drain.MAX_MILLIS / 1_000);
        }
        return Duration.ofSeconds(drainSeconds);
    }

    /** The state folder. */
    Path state(CliContext context) {
        return state.path(context);
    }

    /** The admin server that was asked for, or that a node of a farm has anyway; or null. */
    @Nullable
    AdminOptions admin(CliContext context, CulvertConfig config) throws CommandFailure {
        if (admin == null) {
            return config.cluster() == null ? null : options(context, "127.0.0.1", 0);
        }
        int colon = admin.lastIndexOf(':');
        int port = colon < 1 ? -1 : port(admin.substring(colon + 1));
        if (port < 0) {
            throw new CommandFailure(Exit.USAGE, "--admin wants HOST:PORT");
        }
        String host = admin.substring(0, colon);
        String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return options(context, bare, port);
    }

    private AdminOptions options(CliContext context, String host, int port) throws CommandFailure {
        return new AdminOptions(
                host,
                port,
                BuildInfo.version(),
                tokenFile(context),
                metricsTokenFile(context),
                new LinkedHashSet<>(adminHosts));
    }

    /**
     * Where the node keeps what is applied for its next start: a file of its own for each configuration that is named.
     *
     * @return null where the state folder cannot be used, which has been said then
     */
    @Nullable
    AppliedFile applied(CliContext context, ConfigOptions.Read read) {
        try (StateFolder folder = StateFolder.open(state(context))) {
            return new AppliedFile(folder.resolve("applied-" + read.name()), read.sources());
        } catch (StartFailure e) {
            context.err().println("what is applied is not kept over a restart: " + e.getMessage());
            return null;
        }
    }

    /** Where the node keeps the VMess headers that have been used: a file of its own for each configuration that is named. */
    SeenMemory.Place seenHeaders(CliContext context, ConfigOptions.Read read) {
        Path file = state(context).resolve(StateFolder.SEEN_HEADERS + "-" + read.name());
        return () -> StateFolder.ready(file);
    }

    private Path tokenFile(CliContext context) throws CommandFailure {
        if (adminToken != null) {
            return adminToken;
        }
        try (StateFolder folder = StateFolder.open(state(context))) {
            return folder.resolve(StateFolder.ADMIN_TOKEN);
        } catch (StartFailure e) {
            throw new CommandFailure(Exit.FAILED, e.getMessage() + "; name a file with --admin-token");
        }
    }

    /** Null where it is not named and the state folder cannot be used: the API's token opens the metrics too. */
    private @Nullable Path metricsTokenFile(CliContext context) {
        if (metricsToken != null) {
            return metricsToken;
        }
        try (StateFolder folder = StateFolder.open(state(context))) {
            return folder.resolve(StateFolder.METRICS_TOKEN);
        } catch (StartFailure _) {
            return null;
        }
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            return port <= 65535 ? port : -1;
        } catch (NumberFormatException _) {
            return -1;
        }
    }
}
