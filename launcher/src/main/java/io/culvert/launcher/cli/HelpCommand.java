package io.culvert.launcher.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code culvert help}. */
@Command(name = "help", description = "Shows the help of a command.")
final class HelpCommand extends HelpfulCommand {
    private final CliContext context;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description = "The command, as \"nodes drain\"; all unless given.")
    private List<String> words = new ArrayList<>();

    HelpCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        CommandLine line = spec.parent().commandLine();
        for (String word : words) {
            CommandLine below = line.getSubcommands().get(word);
            if (below == null) {
                throw new CommandFailure(
                        Exit.USAGE,
                        "unknown command \"" + word + "\"" + Cli.didYouMean(word, line) + "; see 'culvert help'");
            }
            line = below;
        }
        line.usage(context.out(), Ansi.OFF);
        return Exit.OK;
    }
}
