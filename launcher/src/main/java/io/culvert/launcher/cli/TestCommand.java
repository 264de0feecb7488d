package io.culvert.launcher.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert test}. */
@Command(
        name = "test",
        description = "Checks a configuration and the files that it names: every fault with its place, status 0 or 23.")
final class TestCommand extends HelpfulCommand {
    private final CliContext context;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Mixin
    private final StateOption state = new StateOption();

    @Option(
            names = {"-strict", "--strict"},
            description = "Warnings are errors: status 23.")
    private boolean strict;

    @Option(
            names = {"-json", "--json"},
            description = "Prints each fault as a line of JSON: file, line, column, level, path, message.")
    private boolean json;

    TestCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        return new ConfigRun(context).test(config, state.path(context), new TestReport(strict, json));
    }
}
