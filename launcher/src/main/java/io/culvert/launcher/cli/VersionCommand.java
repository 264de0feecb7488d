package io.culvert.launcher.cli;

import io.culvert.launcher.BuildInfo;
import picocli.CommandLine.Command;

/** {@code culvert version}. */
@Command(name = "version", description = "Shows the version and what this machine lets it use.")
final class VersionCommand extends HelpfulCommand {
    private final CliContext context;

    VersionCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        context.out().println(BuildInfo.banner());
        return Exit.OK;
    }
}
