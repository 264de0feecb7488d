package io.culvert.it.harness;

import io.culvert.launcher.cluster.ClusterAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A farm of real nodes, each a process of its own, on a loopback address or on a machine of its own. */
public final class FarmRig implements AutoCloseable {
    private static final AtomicInteger FARMS = new AtomicInteger();
    private static final Duration STARTS_WITHIN = Duration.ofMinutes(4);
    private static final Duration SEES_WITHIN = Duration.ofMinutes(1);

    private final Path folder;
    private final String prefix;
    private final ClusterAuthority authority;
    private final Map<String, ProxyNode> nodes = new ConcurrentHashMap<>();
    private final Map<String, NodeConfig> configs = new LinkedHashMap<>();
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final @Nullable Machines machines;

    /** A farm on loopback addresses. */
    public FarmRig() {
        this(null);
    }

    /** @param machines where its nodes are, each on the one that is called like it; null for loopback addresses */
    public FarmRig(@Nullable Machines machines) {
        this.machines = machines;
        try {
            folder = Files.createTempDirectory("culvert-farm-");
            prefix = "127." + (1 + ProcessHandle.current().pid() % 250) + "." + FARMS.incrementAndGet() + ".";
            authority = new ClusterAuthority(folder.resolve("secrets"), new SecureRandom());
            authority.init("unused", Instant.now());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the farm is called. */
    public String name() {
        return "rig" + prefix;
    }

    /** The folder with the farm's CA. */
    public Path secrets() {
        return folder.resolve("secrets");
    }

    /** The address of a node. */
    public String address(String name) {
        return addresses.computeIfAbsent(
                name,
                _ -> machines == null
                        ? prefix + (addresses.size() + 1)
                        : machines.machine(name).address());
    }

    /** The cluster section of a node; the first node that is named is where the others join. */
    public String cluster(String name, String quotedRoles) {
        try {
            Path own = folder.resolve("secrets").resolve(name);
            if (!Files.exists(own)) {
                authority.issue(name, Instant.now());
            }
            String bind = address(name);
            String first = addresses.values().iterator().next();
            String second = addresses.values().stream().skip(1).findFirst().orElse(first);
            return "{name: '" + name() + "', roles: [" + quotedRoles + "], bind: '" + bind + "', members: ['" + first
                    + ":5701', '" + second + ":5701'], secrets: '" + own + "'}";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A certificate and a key for a name, as the farm's CA makes them, with the cluster key beside them. */
    public Path issue(String name) {
        try {
            return authority.issue(name, Instant.now());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The id of a node's running start, as another node has heard it. */
    public String id(String name, String by) {
        return node(by).log()
                .lines()
                .filter(line -> line.contains("] node " + name + ".") && line.contains(" is here"))
                .map(line -> line.replaceFirst(".*] node (\\S+) is here.*", "$1"))
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    /** Names a node, without starting it. The first two are those that the others join by. */
    public FarmRig add(String name, String quotedRoles, NodeConfig config) {
        address(name);
        configs.put(name, config.section("log", "{loglevel: 'info'}").section("cluster", cluster(name, quotedRoles)));
        return this;
    }

    /** Starts every node that does not run, the first before the others, and waits until all see each other. */
    public void start() {
        List<String> missing = configs.keySet().stream()
                .filter(name -> !nodes.containsKey(name) || !node(name).isAlive())
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        boolean first = nodes.values().stream().noneMatch(ProxyNode::isAlive);
        if (first) {
            launch(missing.getFirst());
        }
        List<Runnable> others = new ArrayList<>();
        missing.stream().skip(first ? 1 : 0).forEach(name -> others.add(() -> launch(name)));
        XorExchange.atOnce(others, STARTS_WITHIN);
        for (String by : configs.keySet()) {
            for (String name : missing) {
                awaitSeen(node(by), name);
            }
        }
        for (String by : missing) {
            for (String name : configs.keySet()) {
                awaitSeen(node(by), name);
            }
        }
    }

    private void launch(String name) {
        ProxyNode before = nodes.get(name);
        if (before != null) {
            before.close();
        }
        NodeConfig config = configs.get(name);
        if (config == null) {
            throw new IllegalArgumentException("no node " + name);
        }
        List<String> inFront =
                machines == null ? List.of() : machines.machine(name).inside();
        nodes.put(name, ProxyNode.startMember(config, inFront, address(name)));
    }

    /** Waits until all nodes that run see each other again. */
    public void awaitWhole(Duration within) {
        List<String> live = live();
        Await.until(
                within,
                this::logs,
                () -> live.stream().allMatch(by -> live.stream().allMatch(name -> sees(node(by), name))));
    }

    /** The names of the nodes that run. */
    public List<String> live() {
        return configs.keySet().stream()
                .filter(name -> nodes.containsKey(name) && node(name).isAlive())
                .toList();
    }

    /** A node is seen where the last that was said of it is that it is here. */
    private static void awaitSeen(ProxyNode by, String name) {
        Await.until(Busy.allow(SEES_WITHIN), () -> name + " is not seen\n" + by.log(), () -> sees(by, name));
    }

    /** Whether a node believes that another one is there. */
    public static boolean sees(ProxyNode by, String name) {
        return by.log()
                .lines()
                .filter(line -> line.contains("] node " + name + "."))
                .reduce((_, last) -> last)
                .filter(line -> line.contains(" is here"))
                .isPresent();
    }

    /** A node that was started. */
    public ProxyNode node(String name) {
        ProxyNode node = nodes.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no node " + name);
        }
        return node;
    }

    /** The configuration of a node without listeners: freedom that may dial this machine. */
    public static NodeConfig plain() {
        return new NodeConfig().outbound("direct", "freedom", "{allowPrivate: true}");
    }

    /** Fails where a node shows a fault of its own in its log. */
    public void expectCleanLogs() {
        nodes.values().forEach(ProxyNode::expectCleanLog);
    }

    /** What all nodes have said, for a failure's message. */
    public String logs() {
        List<String> all = new ArrayList<>();
        nodes.forEach((name, node) -> all.add("== " + name + "\n" + node.log()));
        return String.join("\n", all);
    }

    @Override
    public void close() {
        nodes.values().forEach(ProxyNode::close);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
