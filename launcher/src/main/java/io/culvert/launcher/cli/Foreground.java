package io.culvert.launcher.cli;

import io.culvert.config.CulvertConfig;
import io.culvert.launcher.Node;
import io.culvert.launcher.NodeOptions;
import io.culvert.launcher.Shutdown;
import io.culvert.launcher.StartFailure;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;

/** Runs a node in the foreground until a signal has drained it. */
final class Foreground {
    private final CliContext context;
    private final Duration drainLimit;

    Foreground(CliContext context, Duration drainLimit) {
        this.context = context;
        this.drainLimit = drainLimit;
    }

    /**
     * Starts a node, and waits until every socket of it is open.
     *
     * @throws CommandFailure with one line that says what stands in the way
     */
    Node start(CulvertConfig config, NodeOptions options) throws CommandFailure, InterruptedException {
        try {
            return Node.start(config, options, context.dataPath())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof StartFailure || cause instanceof IOException) {
                throw new CommandFailure(Exit.FAILED, String.valueOf(cause.getMessage()));
            }
            throw new IllegalStateException("the node did not start", cause);
        }
    }

    /** Waits for a signal and for the drain after it. */
    int untilStopped(Node node) {
        Shutdown shutdown = context.shutdown();
        shutdown.armed(() -> {
            context.out()
                    .println("stopping: sessions may go on for " + drainLimit.toSeconds()
                            + " s; a second signal ends them");
            return node.drain(drainLimit).toCompletionStage().toCompletableFuture();
        });
        node.onDrainRequest(shutdown::request);
        shutdown.drained().join();
        return Exit.OK;
    }

    /** {@code started in 0.6 s}, counted from the start of the process. */
    static String startedIn() {
        // Of the JVM: the process may have been the shell that built it.
        long took = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime();
        return String.format(Locale.ROOT, "started in %.1f s", took / 1000.0);
    }
}
