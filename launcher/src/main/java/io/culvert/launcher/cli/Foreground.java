package io.culvert.launcher.cli;

import io.culvert.config.CulvertConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.files.FileFaults;
import io.culvert.launcher.Node;
import io.culvert.launcher.NodeOptions;
import io.culvert.launcher.Shutdown;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.log.AccessLog;
import io.culvert.launcher.log.Logs;
import io.culvert.launcher.systemd.ServiceManager;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a node in the foreground until a signal has drained it. */
final class Foreground {
    /** How long the second signal may take to reset what is left. */
    private static final long CUT_SECONDS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(Foreground.class);

    private final CliContext context;

    private final ServiceManager manager;

    private final @Nullable Duration drainLimit;

    /** @param drainLimit the longest drain, or null for what the configuration says */
    Foreground(CliContext context, @Nullable Duration drainLimit) {
        this.context = context;
        this.manager = ServiceManager.of(context.environment());
        this.drainLimit = drainLimit;
    }

    /**
     * Starts a node, and waits until every socket of it is open.
     *
     * @throws CommandFailure with one line that says what stands in the way
     */
    Node start(CulvertConfig config, NodeOptions options) throws CommandFailure, InterruptedException {
        String joining = Node.joining(config);
        if (!joining.isEmpty()) {
            context.out().println(joining);
        }
        try {
            Node node = Node.start(config, options, context.dataPath())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            // Before anything is said of the start: whoever has heard of the node may stop it.
            arm(node);
            context.upkeep().armed(() -> reopen(options.accessLog()), () -> reread(node));
            manager.started(node.loops());
            return node;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof StartFailure failure) {
                throw CommandFailure.of(failure);
            }
            if (cause instanceof IOException fault) {
                throw new CommandFailure(Exit.FAILED, FileFaults.of(fault));
            }
            throw new IllegalStateException("the node did not start", cause);
        }
    }

    /** Waits for a signal and for the drain after it. */
    int untilStopped() {
        context.shutdown().drained().join();
        return Exit.OK;
    }

    private void arm(Node node) {
        Shutdown shutdown = context.shutdown();
        shutdown.armed(
                () -> {
                    PolicyConfig.Drain limits = limits(node);
                    context.out()
                            .println("stopping: sessions may go on for " + limits.softMillis() / 1_000
                                    + " s, and those that carry payload for " + limits.hardMillis() / 1_000
                                    + " s; a second signal ends them");
                    manager.stopping(limits.hardMillis() / 1_000);
                    return node.drain(limits)
                            .onComplete(_ -> manager.stopped())
                            .toCompletionStage()
                            .toCompletableFuture();
                },
                () -> node.cut().toCompletionStage().toCompletableFuture().orTimeout(CUT_SECONDS, TimeUnit.SECONDS));
        node.onDrainRequest(shutdown::request);
    }

    private void reread(Node node) {
        manager.reloading();
        node.reread().onComplete(_ -> manager.reloaded());
    }

    private static void reopen(AccessLog access) {
        try {
            Logs.reopen();
        } catch (IOException e) {
            LOG.error("the log cannot be opened again, and stays in its file: {}", FileFaults.of(e));
        }
        access.reopen();
        LOG.info("the logs were opened again");
    }

    private PolicyConfig.Drain limits(Node node) {
        PolicyConfig.Drain configured = node.drainLimits();
        return drainLimit == null ? configured : configured.within(drainLimit.toMillis());
    }

    /** {@code started in 0.6 s}, counted from the start of the process. */
    static String startedIn() {
        // Of the JVM: the process may have been the shell that built it.
        long took = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        return String.format(Locale.ROOT, "started in %.1f s", took / 1000.0);
    }
}
