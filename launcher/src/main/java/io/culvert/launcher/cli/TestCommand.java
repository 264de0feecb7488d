package io.culvert.launcher.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert test}. */
@Command(name = "test", description = "Checks a configuration: every fault with its place, exit status 0 or 23.")
final class TestCommand extends HelpfulCommand {
    private final CliContext context;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    TestCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        return new ConfigRun(context).test(config);
    }
}
