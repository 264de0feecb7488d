package io.culvert.launcher.cli;

import io.culvert.launcher.StateFolder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a node keeps its state, and where commands find it. */
final class StateOption {
    @Option(
            names = {"-state", "--state"},
            paramLabel = "FOLDER",
            description = "Where the node keeps its state; $XDG_STATE_HOME/culvert or ~/.local/state/culvert.")
    private @Nullable Path folder;

    /** Whether the command line names it. */
    boolean isGiven() {
        return folder != null;
    }

    Path path(CliContext context) {
        return folder != null ? folder : StateFolder.byDefault(context.environment(), context.home());
    }
}
