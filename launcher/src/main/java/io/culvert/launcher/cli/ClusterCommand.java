package io.culvert.launcher.cli;

import io.culvert.files.FileFaults;
import io.culvert.launcher.cluster.ClusterAuthority;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert cluster}: the secrets of a farm. */
@Command(name = "cluster", description = "Makes the secrets of a farm.")
final class ClusterCommand extends HelpfulCommand {
    private final CliContext context;

    ClusterCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        throw new CommandFailure(Exit.USAGE, "culvert cluster wants \"init DIR\" or \"cert DIR NAME\"");
    }

    @Command(
            name = "init",
            description = "Makes a CA, the cluster key, and the first node's certificate in DIR (mode 700, files 600).")
    int init(
            @Parameters(paramLabel = "DIR", description = "The folder; it becomes the first node's \"secrets\".")
                    Path folder,
            @Option(
                            names = {"-name", "--name"},
                            paramLabel = "NAME",
                            defaultValue = "node-1",
                            description = "The first node's name; ${DEFAULT-VALUE} unless given.")
                    String name,
            @Option(
                            names = {"-ca-only", "--ca-only"},
                            description =
                                    "Makes no node's certificate: DIR is for the machine that keeps the CA's key.")
                    boolean caOnly,
            @Option(
                            names = {"-h", "-help", "--help"},
                            usageHelp = true,
                            description = "Shows this help.")
                    boolean help)
            throws CommandFailure {
        checkName(name);
        try {
            if (caOnly) {
                authority(folder).initWithoutNode(Instant.now());
            } else {
                authority(folder).init(name, Instant.now());
            }
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(Exit.FAILED, e.getMessage() + " exists already; nothing was overwritten");
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, "the secrets cannot be written: " + FileFaults.of(e));
        }
        context.out()
                .println("made the secrets of a farm"
                        + (caOnly ? "" : " and of its node \"" + name + "\"")
                        + " in " + folder);
        context.out()
                .println("for each " + (caOnly ? "" : "other ") + "node: culvert cluster cert " + folder + " NAME");
        context.out().println("keep ca.key and cluster.key secret: whoever holds one of them is in the farm");
        return Exit.OK;
    }

    @Command(name = "cert", description = "Makes what another node needs in DIR/NAME; copy that folder to its machine.")
    int cert(
            @Parameters(index = "0", paramLabel = "DIR", description = "The folder that init made.") Path folder,
            @Parameters(index = "1", paramLabel = "NAME", description = "The node's name.") String name,
            @Option(
                            names = {"-h", "-help", "--help"},
                            usageHelp = true,
                            description = "Shows this help.")
                    boolean help)
            throws CommandFailure {
        checkName(name);
        try {
            Path made = authority(folder).issue(name, Instant.now());
            context.out().println("made the secrets of the node \"" + name + "\" in " + made);
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(Exit.FAILED, e.getMessage() + " exists already; nothing was overwritten");
        } catch (NoSuchFileException e) {
            throw new CommandFailure(
                    Exit.FAILED, e.getMessage() + " is missing: certificates are made where \"cluster init\" was run");
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, "the secrets cannot be made: " + FileFaults.of(e));
        }
        return Exit.OK;
    }

    private static ClusterAuthority authority(Path folder) {
        return new ClusterAuthority(folder, new SecureRandom());
    }

    private static void checkName(String name) throws CommandFailure {
        if (!ClusterAuthority.isNodeName(name)) {
            throw new CommandFailure(
                    Exit.USAGE,
                    "\"" + name + "\" is no name of a node: lower-case letters, digits and hyphens, at most 63");
        }
    }
}
