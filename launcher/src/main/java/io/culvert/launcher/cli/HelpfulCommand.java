package io.culvert.launcher.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** A command that explains itself; its result is the exit status. */
abstract class HelpfulCommand implements Callable<Integer> {
    /** In the spellings that people try. */
    @Option(
            names = {"-h", "-help", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    boolean help;
}
