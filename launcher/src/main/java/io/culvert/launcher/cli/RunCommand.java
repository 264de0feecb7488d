package io.culvert.launcher.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert run}. */
@Command(
        name = "run",
        description =
                "Runs a configuration in the foreground. SIGTERM drains; SIGHUP opens the logs again and reads the"
                        + " configuration again; SIGUSR1 only opens the logs.")
final class RunCommand extends HelpfulCommand {
    private final CliContext context;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Mixin
    private final NodeArguments node = new NodeArguments();

    RunCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        return new ConfigRun(context).run(config, node);
    }
}
