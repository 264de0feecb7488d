package io.culvert.launcher.cli;

import io.culvert.launcher.Shutdown;
import io.culvert.launcher.Upkeep;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: subcommands, or V2Ray 4's flags where the first word is a flag. */
public final class Cli {
    /** A word further from every command than this is no misspelling of one. */
    private static final int MAX_DISTANCE = 2;

    private static final Set<String> HELP = Set.of("-h", "-help", "--help");

    private Cli() {}

    /** Runs a command line and returns the exit status. */
    public static int execute(String[] args, CliContext context) {
        boolean flags = args.length > 0 && args[0].startsWith("-") && !HELP.contains(args[0]);
        CommandLine line = flags ? configured(new LegacyCommand(context), context) : commands(context);
        if (args.length == 0) {
            line.usage(context.err(), Ansi.OFF);
            return Exit.USAGE;
        }
        return line.execute(args);
    }

    /** The commands as they are, to be described and never run. */
    static CommandLine described() {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        return commands(new CliContext(
                nowhere,
                nowhere,
                Map.of(),
                Path.of("."),
                (_, _) -> {
                    throw new IllegalStateException("only described");
                },
                (_, _, _) -> {
                    throw new IllegalStateException("only described");
                },
                new Shutdown(_ -> {}),
                new Upkeep()));
    }

    private static CommandLine commands(CliContext context) {
        CommandLine root = new CommandLine(new RootCommand())
                .addSubcommand(new UpCommand(context))
                .addSubcommand(new RunCommand(context))
                .addSubcommand(new TestCommand(context))
                .addSubcommand(new ApplyCommand(context))
                .addSubcommand(
                        new CommandLine(new NodesCommand(context)).addSubcommand(new NodesCommand.Drain(context)))
                .addSubcommand(new UuidCommand(context))
                .addSubcommand(new CertCommand(context))
                .addSubcommand(new LinkCommand(context))
                .addSubcommand(new ClusterCommand(context))
                .addSubcommand(new VersionCommand(context))
                .addSubcommand(new HelpCommand(context));
        return settings(root, context);
    }

    private static CommandLine configured(Object command, CliContext context) {
        return settings(new CommandLine(command), context);
    }

    private static CommandLine settings(CommandLine line, CliContext context) {
        return line.setPosixClusteredShortOptionsAllowed(false)
                .setOut(context.out())
                .setErr(context.err())
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setParameterExceptionHandler((e, _) -> usage(e, context))
                .setExecutionExceptionHandler((e, _, _) -> failure(e, context));
    }

    private static int usage(ParameterException e, CliContext context) {
        CommandLine line = e.getCommandLine();
        if (e instanceof UnmatchedArgumentException unmatched
                && line.getParent() == null
                && !line.getSubcommands().isEmpty()
                && !unmatched.isUnknownOption()) {
            String word = unmatched.getUnmatched().getFirst();
            context.err().println("culvert: unknown command \"" + word + "\"" + didYouMean(word, line));
        } else {
            context.err().println("culvert: " + e.getMessage());
        }
        context.err()
                .println("See '"
                        + (line.getParent() == null
                                ? "culvert"
                                : line.getCommandSpec().qualifiedName()) + " --help'.");
        return Exit.USAGE;
    }

    static String didYouMean(String word, CommandLine line) {
        return line.getSubcommands().keySet().stream()
                .min(Comparator.comparingInt(command -> distance(word, command)))
                .filter(command -> distance(word, command) <= MAX_DISTANCE)
                .map(command -> "; did you mean \"" + command + "\"?")
                .orElse("");
    }

    /** How many letters must be added, left out or changed to make one word the other. */
    private static int distance(String from, String to) {
        int[] row = IntStream.rangeClosed(0, to.length()).toArray();
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }

    /** A command that throws anything but its own faults has a bug, whose trace is wanted. */
    private static int failure(Exception e, CliContext context) {
        if (e instanceof CommandFailure expected) {
            context.err().println("culvert: " + expected.getMessage());
            return expected.status();
        }
        e.printStackTrace(context.err());
        return Exit.FAILED;
    }

    /** The commands' parent. */
    @Command(
            name = "culvert",
            mixinStandardHelpOptions = false,
            description = "A V2Ray-compatible proxy that runs as a farm.",
            synopsisSubcommandLabel = "COMMAND",
            footer = {
                "",
                "V2Ray 4's own flags work as well:",
                "  culvert -config FILE [-config FILE]... [-confdir FOLDER] [-format json] [-test]",
                "  culvert -version",
                "",
                "Exit status: 0 done, 1 could not start, 2 wrong command line, 23 wrong configuration,",
                "69 nobody of the farm was met."
            })
    static final class RootCommand {
        @CommandLine.Option(
                names = {"-h", "-help", "--help"},
                usageHelp = true,
                description = "Shows this help.")
        boolean help;
    }
}
