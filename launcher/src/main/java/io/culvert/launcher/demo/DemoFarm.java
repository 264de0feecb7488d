package io.culvert.launcher.demo;

import io.culvert.config.ClusterConfig;
import io.culvert.config.Position;
import io.culvert.files.FileFaults;
import io.culvert.launcher.HostPort;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.StateFolder;
import io.culvert.launcher.cluster.ClusterAuthority;
import io.culvert.model.NodeRole;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One node of the demo's farm, on loopback. The state folder holds the farm's secrets; who has the folder can join.
 *
 * @param name the node's name
 * @param demo what it serves clients with, on ports that are its own
 * @param config its {@code cluster} section
 * @param folder its own part of the state folder
 * @param others where the nodes of the state folder are that run
 * @param running held as long as the process runs, so that no other node takes the name
 */
public record DemoFarm(
        String name, Demo demo, ClusterConfig config, Path folder, List<String> others, FileLock running) {
    private static final String FARM = "culvert-up";
    private static final String FIRST = "node-1";
    private static final String FOLDER = "cluster";
    private static final int MAX_NODES = 100;

    public DemoFarm {
        others = List.copyOf(others);
    }

    /**
     * The node to start. Its name and its ports are its own from here on, also once the folder is open for others.
     *
     * @param folder open, and so locked
     * @param demo as the folder remembers it
     * @param join the {@code host:port} of a node to join, or null to join those of the folder that run, or start a farm
     * @param roles what it does; empty for the usual: everything, and of one that joins another routing and opening
     *     destinations
     * @throws StartFailure where the secrets cannot be made or read
     */
    public static DemoFarm of(
            StateFolder folder, Demo demo, @Nullable String join, Set<NodeRole> roles, SecureRandom random)
            throws StartFailure {
        Path secrets = folder.resolve(FOLDER);
        ClusterAuthority authority = new ClusterAuthority(secrets, random);
        if (join != null && !authority.exists()) {
            throw new StartFailure("there is no farm to join in the state folder " + secrets.getParent()
                    + ": start the first node with \"culvert up\", or name its folder with --state");
        }
        try {
            if (!authority.exists()) {
                authority.init(FIRST, Instant.now());
            }
            FileLock lock = join == null ? RunningNodes.lock(secrets) : null;
            return lock == null
                    ? further(authority, secrets, demo, join, roles)
                    : node(FIRST, secrets, secrets, lock, demo, null, roles);
        } catch (IOException e) {
            throw new StartFailure("the farm's secrets cannot be kept: " + FileFaults.of(e));
        }
    }

    private static DemoFarm further(
            ClusterAuthority authority, Path secrets, Demo demo, @Nullable String join, Set<NodeRole> roles)
            throws IOException, StartFailure {
        for (int number = 2; number <= MAX_NODES; number++) {
            String name = name(number);
            Path own = secrets.resolve(name);
            if (!Files.isDirectory(own)) {
                authority.issue(name, Instant.now());
            }
            FileLock lock = RunningNodes.lock(own);
            if (lock != null) {
                return node(name, secrets, own, lock, demo, join, roles);
            }
        }
        throw new StartFailure(MAX_NODES + " nodes run already");
    }

    private static DemoFarm node(
            String name, Path secrets, Path own, FileLock lock, Demo demo, @Nullable String join, Set<NodeRole> roles)
            throws IOException, StartFailure {
        List<RunningNodes.Running> running = RunningNodes.among(foldersBeside(secrets, own));
        List<String> others =
                running.stream().map(RunningNodes.Running::address).toList();
        Set<Integer> taken = new HashSet<>();
        running.forEach(node -> taken.addAll(node.ports()));
        List<String> members = join == null ? others : List.of(join);
        // Else a node whose first one has died would take its address, and find itself there.
        members.forEach(member -> taken.add(portOf(member)));
        FreePorts ports = new FreePorts(InetAddress.ofLiteral(Demo.HOST), taken);
        Demo moved = demo.on(ports);
        ClusterConfig config = section(own, members, ports, roles(join, roles));
        DemoPorts served = moved.ports();
        RunningNodes.tell(
                own,
                new RunningNodes.Running(
                        HostPort.of(config.bind(), config.port()),
                        Set.of(
                                config.port(),
                                config.busPort(),
                                config.link().port(),
                                served.socks(),
                                served.http(),
                                served.vmess(),
                                served.vless(),
                                served.admin())));
        return new DemoFarm(name, moved, config, own, others, lock);
    }

    private static String name(int number) {
        return "node-" + number;
    }

    private static List<Path> foldersBeside(Path secrets, Path own) {
        List<Path> all = new ArrayList<>(List.of(secrets));
        for (int number = 2; number <= MAX_NODES; number++) {
            all.add(secrets.resolve(name(number)));
        }
        all.remove(own);
        return all;
    }

    private static Set<NodeRole> roles(@Nullable String join, Set<NodeRole> chosen) {
        if (!chosen.isEmpty()) {
            return chosen;
        }
        return join == null ? EnumSet.allOf(NodeRole.class) : EnumSet.of(NodeRole.ROUTER, NodeRole.EGRESS);
    }

    private static ClusterConfig section(Path secrets, List<String> members, FreePorts ports, Set<NodeRole> roles)
            throws StartFailure {
        int port = ports.next(ClusterConfig.DEFAULT_PORT);
        List<String> all = new ArrayList<>(members);
        all.add(HostPort.of(Demo.HOST, port));
        return new ClusterConfig(
                FARM,
                roles,
                Demo.HOST,
                port,
                all,
                ports.next(ClusterConfig.DEFAULT_BUS_PORT),
                new ClusterConfig.Link(ports.next(ClusterConfig.Link.DEFAULT_PORT), ClusterConfig.LinkSecurity.TLS),
                ClusterConfig.USUAL_WEIGHT,
                List.of(),
                secrets.toString(),
                Position.NONE);
    }

    /**
     * The folders in which nodes of a state folder leave word, that of the first node first.
     *
     * @param folder the state folder, or a node's own part of it, which then comes first
     */
    public static List<Path> folders(Path folder) {
        Path own = folder.toAbsolutePath().normalize();
        Path cluster = own.getParent();
        Path state = cluster != null && cluster.endsWith(FOLDER) ? cluster.getParent() : null;
        Path root = state == null ? own : state;
        Set<Path> all = new LinkedHashSet<>(List.of(own, root));
        for (int number = 2; number <= MAX_NODES; number++) {
            all.add(root.resolve(FOLDER).resolve(name(number)));
        }
        return all.stream().filter(Files::isDirectory).toList();
    }

    /** The port of {@code host:port}, or 0. */
    private static int portOf(String member) {
        try {
            return Integer.parseInt(member.substring(member.lastIndexOf(':') + 1));
        } catch (NumberFormatException _) {
            return 0;
        }
    }

    /** Gives name and ports back, of a node that could not start. */
    public void release() {
        try {
            running.acquiredBy().close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where others join. */
    public String address() {
        return HostPort.of(config.bind(), config.port());
    }

    /** Whether commands that are given the state folder mean this node. */
    public boolean isFirst() {
        return name.equals(FIRST);
    }

    /** Whether it is to meet another node. */
    public boolean joins() {
        return config.members().size() > 1;
    }
}
