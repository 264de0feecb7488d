package io.culvert.launcher.cli;

import io.culvert.files.FileFaults;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.StateFolder;
import io.culvert.launcher.demo.Demo;
import io.culvert.launcher.link.ConfigLinks;
import io.culvert.launcher.link.ShareLink;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert link}. */
@Command(
        name = "link",
        description = "Prints share links for the users of a configuration, or of the demo where none is named.")
final class LinkCommand extends HelpfulCommand {
    private final CliContext context;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Mixin
    private final StateOption state = new StateOption();

    @Option(
            names = {"-host", "--host"},
            paramLabel = "NAME",
            description = "The name or address that clients reach this server by.")
    private @Nullable String host;

    LinkCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        if (!config.named()) {
            print(demoLinks());
            return Exit.OK;
        }
        ConfigOptions.Read loaded = config.load(context.configSource(), context.err(), false);
        if (loaded == null) {
            return Exit.CONFIG;
        }
        try {
            ConfigLinks.Links links = new ConfigLinks(host).of(loaded.config());
            print(links.links());
            links.refused().forEach(context.err()::println);
            if (links.links().isEmpty() && links.refused().isEmpty()) {
                throw new CommandFailure(Exit.FAILED, "the configuration has no vmess or vless users");
            }
            return links.refused().isEmpty() ? Exit.OK : Exit.FAILED;
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Exit.USAGE, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, FileFaults.of(e));
        }
    }

    private List<ShareLink> demoLinks() throws CommandFailure {
        try (StateFolder folder = StateFolder.open(state.path(context))) {
            return Demo.remembered(folder, new SecureRandom()).links();
        } catch (StartFailure e) {
            throw new CommandFailure(Exit.FAILED, String.valueOf(e.getMessage()));
        }
    }

    private void print(List<ShareLink> links) {
        links.forEach(link -> context.out().println(link.text()));
    }
}
