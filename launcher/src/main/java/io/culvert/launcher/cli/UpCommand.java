package io.culvert.launcher.cli;

import io.culvert.admin.AdminOptions;
import io.culvert.config.CulvertConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.launcher.BuildInfo;
import io.culvert.launcher.HostPort;
import io.culvert.launcher.Node;
import io.culvert.launcher.NodeOptions;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.demo.Demo;
import io.culvert.launcher.demo.DemoFarm;
import io.culvert.launcher.demo.StateFolder;
import io.culvert.launcher.link.ShareLink;
import io.culvert.launcher.log.AccessLog;
import io.culvert.launcher.reload.AppliedFile;
import io.culvert.model.NodeRole;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert up}. */
@Command(
        name = "up",
        description = "Starts a node on loopback with a demo user, and prints its ports, its links and a line to try.")
final class UpCommand extends HelpfulCommand {
    private final CliContext context;

    @Mixin
    private final StateOption state = new StateOption();

    @Option(
            names = {"-drain-seconds", "--drain-seconds"},
            paramLabel = "N",
            description = "How long sessions may go on after Ctrl-C; ${DEFAULT-VALUE} unless given.")
    private int drainSeconds = 30;

    @Option(
            names = {"-join", "--join"},
            paramLabel = "ADDRESS",
            description = "Joins the farm of a node that \"up\" has started: the address that it printed.")
    private @Nullable String join;

    @Option(
            names = {"-roles", "--roles"},
            paramLabel = "ROLE[,ROLE]",
            split = ",",
            description = "What the node does: ingress, router, egress; all for the first, router,egress for others.")
    private List<String> roles = new ArrayList<>();

    UpCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        Foreground foreground = new Foreground(
                context, Duration.ofSeconds(Math.clamp(drainSeconds, 0, PolicyConfig.Drain.MAX_MILLIS / 1_000)));
        Started started;
        // The folder stays locked until the sockets are open: a second start then sees them as taken.
        try (StateFolder folder = StateFolder.open(state.path(context))) {
            started = start(folder, foreground);
        } catch (StartFailure e) {
            throw new CommandFailure(Exit.FAILED, String.valueOf(e.getMessage()));
        }
        try (AccessLog _ = started.access) {
            print(started);
            Path folder = state.path(context);
            Path word = join == null ? folder : started.farm.folder();
            InetSocketAddress admin = started.node.admin();
            return admin == null
                    ? foreground.untilStopped()
                    : ConfigRun.reachable(foreground, word, admin, folder.resolve(StateFolder.ADMIN_TOKEN));
        }
    }

    private Started start(StateFolder folder, Foreground foreground)
            throws StartFailure, CommandFailure, InterruptedException {
        SecureRandom random = new SecureRandom();
        Demo remembered = Demo.remembered(folder, random);
        Demo demo = remembered.onFreePorts();
        DemoFarm farm = DemoFarm.of(folder, join, chosenRoles(), random);
        List<ShareLink> links = demo.links();
        CulvertConfig config = demo.config(farm.config());
        AdminOptions admin = new AdminOptions(
                Demo.HOST,
                demo.ports().admin(),
                BuildInfo.version(),
                folder.resolve(StateFolder.ADMIN_TOKEN),
                Set.of());
        AccessLog access = ConfigRun.logs(config);
        try {
            // The ports of this start may be others than those that are remembered: that changes nothing that was
            // applied.
            AppliedFile applied = new AppliedFile(farm.folder().resolve("applied"), remembered.sources());
            Node node = foreground.start(
                    config, new NodeOptions(admin, access, demo.sources(), applied).withAdminForLocalClients());
            return new Started(node, demo, farm, links, access, applied);
        } catch (CommandFailure | RuntimeException | InterruptedException e) {
            access.close();
            throw e;
        }
    }

    private Set<NodeRole> chosenRoles() throws CommandFailure {
        Set<NodeRole> chosen = EnumSet.noneOf(NodeRole.class);
        for (String word : roles) {
            chosen.add(Arrays.stream(NodeRole.values())
                    .filter(role -> role.text().equalsIgnoreCase(word.strip()))
                    .findFirst()
                    .orElseThrow(() -> new CommandFailure(
                            Exit.USAGE, "\"" + word + "\" is not a role (known: ingress, router, egress)")));
        }
        return chosen;
    }

    private void print(Started started) {
        PrintWriter out = context.out();
        out.println(BuildInfo.banner() + " " + Foreground.startedIn());
        ConfigRun.sayOrigin(context, started.node, started.applied);
        started.node.listening().forEach(out::println);
        // The links and the line to try are those of the demo's own configuration.
        if (started.node.origin().isEmpty() && started.farm.config().roles().contains(NodeRole.INGRESS)) {
            out.println("user " + Demo.EMAIL);
            started.links.forEach(link -> out.println(link.text()));
            String socks = HostPort.of(Demo.HOST, started.demo.ports().socks());
            String page = HostPort.of(Demo.HOST, started.demo.ports().admin());
            out.println("try  curl -x socks5h://" + socks + " http://" + page + "/hello");
        }
        String roleWords = started.farm.config().roles().stream()
                .sorted()
                .map(NodeRole::text)
                .collect(Collectors.joining(","));
        out.println("farm " + started.farm.name() + " (" + roleWords + ")");
        String where = state.isGiven() ? " --state " + state.path(context) : "";
        out.println("join ./culvert up --join " + started.farm.address() + where);
        out.println("stop with Ctrl-C");
        out.flush();
    }

    private record Started(
            Node node, Demo demo, DemoFarm farm, List<ShareLink> links, AccessLog access, AppliedFile applied) {}
}
