package io.culvert.launcher.cli;

import io.culvert.admin.AdminOptions;
import io.culvert.config.CulvertConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.launcher.BuildInfo;
import io.culvert.launcher.HostPort;
import io.culvert.launcher.NativeLibraries;
import io.culvert.launcher.Node;
import io.culvert.launcher.NodeOptions;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.StateFolder;
import io.culvert.launcher.demo.Demo;
import io.culvert.launcher.demo.DemoFarm;
import io.culvert.launcher.demo.DemoPorts;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert up}. */
@Command(
        name = "up",
        description = "Starts a node on loopback with a demo user, and prints its ports, its links and a line to try.")
final class UpCommand extends HelpfulCommand {
    /** How long a node that is told whom to join looks for a node of that farm. */
    private static final int MEET_SECONDS = 15;

    /** The same for one that joins the nodes of its state folder that run: one of them may still be starting itself. */
    private static final int MEET_OWN_SECONDS = 60;

    /** How often other ports are looked for where others have been quicker. */
    private static final int MORE_PORTS = 20;

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
            description =
                    "Joins the farm of a node that \"up\" has started: the address that it printed. Without it, the nodes"
                            + " of the state folder that run are joined.")
    private @Nullable String join;

    @Option(
            names = {"-alone-ok", "--alone-ok"},
            description =
                    "Starts also where no node of the farm is met; else that ends it with status 69 after 15 s, without"
                            + " --join after 60 s.")
    private boolean aloneOk;

    @Option(
            names = {"-roles", "--roles"},
            paramLabel = "ROLE[,ROLE]",
            split = ",",
            description = "What the node does: ingress, router, egress; all unless given, router,egress with --join.")
    private List<String> roles = new ArrayList<>();

    @Option(
            names = {"-port", "--port"},
            paramLabel = "[NAME=]PORT",
            split = ",",
            description =
                    "Where to listen: a port for SOCKS, which HTTP, VMess, VLESS and admin follow, or NAME=PORT for one"
                            + " of socks, http, vmess, vless, admin. A port that is named and taken ends the start, others move.")
    private List<String> ports = new ArrayList<>();

    @Option(
            names = {"-user", "--user"},
            paramLabel = "ID",
            description =
                    "The demo user's ID, kept for the next start: a UUID, or a text of up to 30 bytes as \"uuid -i\""
                            + " takes it.")
    private @Nullable String user;

    @Option(
            names = {"-print-config", "--print-config"},
            description = "Prints the demo's configuration with its user and key, to begin one's own with, and ends.")
    private boolean printConfig;

    UpCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        if (printConfig) {
            return printConfig();
        }
        NativeLibraries.prepare(state.path(context), context.err()::println);
        Foreground foreground = new Foreground(
                context, Duration.ofSeconds(Math.clamp(drainSeconds, 0, PolicyConfig.Drain.MAX_MILLIS / 1_000)));
        // Whoever looks for free ports at the same time, with a state folder of its own, may find the same: a port is
        // taken by who has bound it, and the others look again.
        for (int again = MORE_PORTS; ; again--) {
            Prepared prepared = prepare();
            try {
                return run(prepared, foreground);
            } catch (CommandFailure e) {
                if (!e.isOfTakenPort() || again == 0) {
                    throw e;
                }
                prepared.farm.release();
            }
        }
    }

    private int run(Prepared prepared, Foreground foreground) throws CommandFailure, InterruptedException {
        CulvertConfig config = prepared.demo().config(prepared.farm.config());
        try (AccessLog access = ConfigRun.logs(config)) {
            Node node = start(prepared, config, access, foreground);
            NativeLibraries.check(context.err()::println);
            print(prepared, node);
            Path folder = state.path(context);
            InetSocketAddress admin = node.admin();
            return admin == null
                    ? foreground.untilStopped()
                    : new ConfigRun(context)
                            .reachable(
                                    foreground,
                                    prepared.farm.isFirst() ? folder : prepared.farm.folder(),
                                    admin,
                                    folder.resolve(StateFolder.ADMIN_TOKEN));
        }
    }

    private int printConfig() throws CommandFailure {
        try (StateFolder folder = StateFolder.open(state.path(context))) {
            Demo demo = remembered(folder, new SecureRandom());
            demo.on(chosenPorts(demo)).sources().forEach(source -> context.out().println(source.text()));
            return Exit.OK;
        } catch (StartFailure e) {
            throw new CommandFailure(Exit.FAILED, String.valueOf(e.getMessage()));
        }
    }

    /** What the state folder remembers, with the user that was asked for. */
    private Demo remembered(StateFolder folder, SecureRandom random) throws StartFailure, CommandFailure {
        UUID wanted = wantedUser();
        Demo demo = Demo.remembered(folder, random);
        return wanted == null || wanted.equals(demo.user()) ? demo : demo.of(wanted, folder);
    }

    private @Nullable UUID wantedUser() throws CommandFailure {
        if (user == null) {
            return null;
        }
        try {
            return UUID.fromString(user);
        } catch (IllegalArgumentException _) {
            return UuidCommand.ofText(user);
        }
    }

    private DemoPorts chosenPorts(Demo demo) throws CommandFailure {
        DemoPorts chosen = demo.ports();
        for (String choice : ports) {
            try {
                chosen = chosen.with(choice.strip());
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(Exit.USAGE, "--port " + choice + ": " + e.getMessage());
            }
        }
        return chosen;
    }

    /** Name, ports and secrets of the node, which are its own before the next start looks for some. */
    private Prepared prepare() throws CommandFailure {
        SecureRandom random = new SecureRandom();
        Set<NodeRole> chosen = chosenRoles();
        try (StateFolder folder = StateFolder.open(state.path(context))) {
            Demo remembered = remembered(folder, random);
            DemoFarm farm = DemoFarm.of(folder, remembered.on(chosenPorts(remembered)), join, chosen, random);
            // The ports of this start may be others than those that are remembered: that changes nothing that was
            // applied.
            AppliedFile applied = new AppliedFile(farm.folder().resolve("applied"), remembered.sources());
            return new Prepared(farm, farm.demo().links(), applied, folder.resolve(StateFolder.ADMIN_TOKEN));
        } catch (StartFailure e) {
            throw new CommandFailure(Exit.FAILED, String.valueOf(e.getMessage()));
        }
    }

    private Node start(Prepared prepared, CulvertConfig config, AccessLog access, Foreground foreground)
            throws CommandFailure, InterruptedException {
        Demo demo = prepared.demo();
        AdminOptions admin =
                new AdminOptions(Demo.HOST, demo.ports().admin(), BuildInfo.version(), prepared.token, null, Set.of());
        NodeOptions options = new NodeOptions(admin, access, demo.sources(), prepared.applied)
                .withSeenHeaders(() -> StateFolder.ready(prepared.farm.folder().resolve(StateFolder.SEEN_HEADERS)))
                .withAdminForLocalClients();
        if (!prepared.farm.joins() || aloneOk) {
            return foreground.start(config, options);
        }
        try {
            return foreground.start(config, options.joining(join == null ? MEET_OWN_SECONDS : MEET_SECONDS));
        } catch (CommandFailure e) {
            throw e.status() == Exit.ALONE ? alone(prepared.farm, e) : e;
        }
    }

    /** What can be done where nobody of the farm was met. */
    private CommandFailure alone(DemoFarm farm, CommandFailure met) {
        List<String> others =
                farm.others().stream().filter(address -> !address.equals(join)).toList();
        String instead = join == null || others.isEmpty()
                ? ""
                : "; nodes of this state folder run at " + String.join(", ", others) + ", join one of them";
        return new CommandFailure(Exit.ALONE, met.getMessage() + instead + "; --alone-ok starts the node all the same");
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

    private void print(Prepared prepared, Node node) {
        PrintWriter out = context.out();
        out.println(BuildInfo.banner() + " " + Foreground.startedIn());
        ConfigRun.sayOrigin(context, node, prepared.applied);
        if (!node.origin().isEmpty() && !ports.isEmpty()) {
            context.err().println("--port names the ports of the demo's own configuration, which does not run");
        }
        node.listening().forEach(out::println);
        // The links and the line to try are those of the demo's own configuration.
        if (node.origin().isEmpty() && prepared.farm.config().roles().contains(NodeRole.INGRESS)) {
            out.println("user " + Demo.EMAIL);
            prepared.links.forEach(link -> out.println(link.text()));
            String socks = HostPort.of(Demo.HOST, prepared.demo().ports().socks());
            String page = HostPort.of(Demo.HOST, prepared.demo().ports().admin());
            out.println("try  curl -x socks5h://" + socks + " http://" + page + "/hello");
        }
        out.println(node.company());
        String where = state.isGiven() ? " --state " + state.path(context) : "";
        out.println("join ./culvert up --join " + prepared.farm.address() + where);
        out.println("stop with Ctrl-C");
        out.flush();
    }

    private record Prepared(DemoFarm farm, List<ShareLink> links, AppliedFile applied, Path token) {
        Demo demo() {
            return farm.demo();
        }
    }
}
