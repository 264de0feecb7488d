package io.culvert.launcher.cli;

import io.culvert.launcher.BuildInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Writes what a package has beside the program: a man page for each command, and completion for bash, zsh and fish, all from the
 * definitions of the command line itself.
 */
public final class CommandPages {
    private static final String NAME = "culvert";

    private CommandPages() {}

    /**
     * @param args the folder to write to, and the date of the pages, as {@code 2026-11-20}
     * @throws IOException where the folder cannot be written
     */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]), args[1]);
    }

    /** Writes {@code man/*.1}, {@code culvert.bash}, {@code _culvert} and {@code culvert.fish}. */
    static void write(Path folder, String date) throws IOException {
        CommandLine root = Cli.described();
        Path man = Files.createDirectories(folder.resolve("man"));
        for (CommandLine line : all(root).toList()) {
            Files.writeString(man.resolve(page(line.getCommandSpec()) + ".1"), manual(line.getCommandSpec(), date));
        }
        String bash = AutoComplete.bash(NAME, root);
        Files.writeString(folder.resolve("culvert.bash"), bash.replaceAll("(?m)^# on .*\\R", ""));
        Files.writeString(folder.resolve("_culvert"), zsh(root));
        Files.writeString(folder.resolve("culvert.fish"), fish(root));
    }

    private static Stream<CommandLine> all(CommandLine line) {
        return Stream.concat(
                Stream.of(line),
                line.getSubcommands().values().stream().distinct().flatMap(CommandPages::all));
    }

    /** {@code culvert-nodes-drain}. */
    private static String page(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private static String manual(CommandSpec command, String date) {
        StringBuilder page = new StringBuilder();
        page.append(".TH \"" + page(command).toUpperCase(Locale.ROOT) + "\" \"1\" \"" + date + "\" \"Culvert "
                + BuildInfo.version() + "\" \"Culvert\"\n");
        page.append(".SH NAME\n" + roff(page(command)) + " \\- "
                + roff(described(command.usageMessage().description())) + "\n");
        page.append(".SH SYNOPSIS\n");
        page.append(".nf\n"
                + roff(new CommandLine.Help(command, CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                        .synopsis(0)
                        .strip())
                + "\n.fi\n");
        if (!command.positionalParameters().isEmpty() || !command.options().isEmpty()) {
            page.append(".SH OPTIONS\n");
            command.positionalParameters().forEach(parameter -> page.append(entry(parameter.paramLabel(), parameter)));
            command.options().forEach(option -> page.append(entry(names(option), option)));
        }
        if (!command.subcommands().isEmpty()) {
            page.append(".SH COMMANDS\n");
            command.subcommands()
                    .forEach((name, line) -> page.append(".TP\n\\fB" + roff(name) + "\\fR\n"
                            + roff(described(
                                    line.getCommandSpec().usageMessage().description()))
                            + "\n"));
        }
        String[] footer = command.usageMessage().footer();
        if (footer.length > 0) {
            page.append(".SH NOTES\n.nf\n");
            Arrays.stream(footer).filter(line -> !line.isEmpty()).forEach(line -> page.append(roff(line) + "\n"));
            page.append(".fi\n");
        }
        return page.toString();
    }

    private static String names(OptionSpec option) {
        String names = String.join(", ", option.names());
        return option.arity().max() == 0 ? names : names + " " + option.paramLabel();
    }

    private static String entry(String head, ArgSpec argument) {
        return ".TP\n\\fB" + roff(head) + "\\fR\n" + roff(described(argument.description())) + "\n";
    }

    private static String described(String[] lines) {
        return String.join(" ", lines);
    }

    /** Text as roff takes it: its own signs escaped, and no line that looks like a request. */
    private static String roff(String text) {
        String escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
        return escaped.lines()
                .map(line -> line.startsWith(".") ? "\\&" + line : line)
                .collect(Collectors.joining("\n"));
    }

    private static String zsh(CommandLine root) {
        StringBuilder text = new StringBuilder("#compdef culvert\n\n_culvert() {\n  local -a commands\n  commands=(\n");
        root.getSubcommands().forEach((name, line) -> text.append("    '" + name + ":" + hint(line) + "'\n"));
        text.append("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n");
        text.append("  case $words[2] in\n");
        root.getSubcommands().forEach((name, line) -> {
            text.append("    " + name + ")\n      _arguments");
            longOptions(line)
                    .forEach(option -> text.append(" \\\n        '" + longName(option) + "["
                            + quoted(described(option.description()))
                                    .replace("[", "\\[")
                                    .replace("]", "\\]")
                            + "]" + (option.arity().max() == 0 ? "" : ":" + option.paramLabel() + ":_files") + "'"));
            text.append(" \\\n        '*:argument:" + arguments(line) + "'\n      ;;\n");
        });
        return text.append("  esac\n}\n\n_culvert \"$@\"\n").toString();
    }

    private static String arguments(CommandLine line) {
        return line.getSubcommands().isEmpty()
                ? "_files"
                : "(" + String.join(" ", line.getSubcommands().keySet()) + ")";
    }

    private static String fish(CommandLine root) {
        StringBuilder text = new StringBuilder("complete -c culvert -n __fish_use_subcommand -f\n");
        root.getSubcommands()
                .forEach((name, line) -> text.append(
                        "complete -c culvert -n __fish_use_subcommand -a " + name + " -d '" + hint(line) + "'\n"));
        root.getSubcommands().forEach((name, line) -> {
            String within = "complete -c culvert -n '__fish_seen_subcommand_from " + name + "'";
            line.getSubcommands()
                    .forEach((inner, sub) -> text.append(within + " -a " + inner + " -d '" + hint(sub) + "'\n"));
            longOptions(line)
                    .forEach(option ->
                            text.append(within + " -l " + longName(option).substring(2)
                                    + (option.arity().max() == 0 ? "" : " -r") + " -d '"
                                    + quoted(described(option.description())) + "'\n"));
        });
        return text.toString();
    }

    private static List<OptionSpec> longOptions(CommandLine line) {
        return line.getCommandSpec().options().stream()
                .filter(option -> longName(option).startsWith("--"))
                .toList();
    }

    private static String longName(OptionSpec option) {
        return Arrays.stream(option.names())
                .max(Comparator.comparing((String name) -> name.startsWith("--")))
                .orElseThrow();
    }

    private static String hint(CommandLine line) {
        return quoted(described(line.getCommandSpec().usageMessage().description()));
    }

    /** Within single quotes of a shell, where a colon would end the word of {@code _describe}. */
    private static String quoted(String text) {
        return text.replace("'", "").replace(":", "").replace("\\", "");
    }
}
