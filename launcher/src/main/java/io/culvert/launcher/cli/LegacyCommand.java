package io.culvert.launcher.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert -config FILE} and what else V2Ray 4 takes (peers section 2). */
@Command(name = "culvert", description = "Runs or tests a configuration as V2Ray 4 does.")
final class LegacyCommand extends HelpfulCommand {
    private final CliContext context;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Mixin
    private final NodeArguments node = new NodeArguments();

    @Option(
            names = {"-test", "--test"},
            description = "Only checks the configuration.")
    private boolean test;

    @Option(
            names = {"-v", "-version", "--version"},
            description = "Shows the version.")
    private boolean version;

    LegacyCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        if (version) {
            return new VersionCommand(context).call();
        }
        ConfigRun run = new ConfigRun(context);
        return test ? run.test(config, node.state(context), TestReport.USUAL) : run.run(config, node);
    }
}
