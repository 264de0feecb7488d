package io.culvert.launcher.demo;

import io.culvert.config.ClusterConfig;
import io.culvert.config.Position;
import io.culvert.files.FileFaults;
import io.culvert.launcher.HostPort;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.cluster.ClusterAuthority;
import io.culvert.model.NodeRole;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One node of the demo's farm, on loopback. The state folder holds the farm's secrets; who has the folder can join.
 *
 * @param name the node's name
 * @param config its {@code cluster} section
 * @param folder its own part of the state folder
 * @param running held as long as the process runs, so that no other node takes the name
 */
public record DemoFarm(String name, ClusterConfig config, Path folder, FileLock running) {
    private static final String FARM = "culvert-up";
    private static final String FIRST = "node-1";
    private static final String FOLDER = "cluster";
    private static final int MAX_NODES = 100;

    /**
     * The farm's first node, or one that joins it.
     *
     * @param folder open, and so locked
     * @param join the {@code host:port} of a node that runs, or null to start a farm
     * @param roles what it does; empty for the usual: the first does everything, the others route and open destinations
     * @throws StartFailure where the secrets cannot be made or read
     */
    public static DemoFarm of(StateFolder folder, @Nullable String join, Set<NodeRole> roles, SecureRandom random)
            throws StartFailure {
        Path secrets = folder.resolve(FOLDER);
        ClusterAuthority authority = new ClusterAuthority(secrets, random);
        try {
            if (join == null) {
                if (!authority.exists()) {
                    authority.init(FIRST, Instant.now());
                }
                FileLock lock = lock(secrets);
                // A second farm beside the first shares its secrets, and nothing else.
                return lock == null
                        ? node(authority, secrets, null, roles)
                        : new DemoFarm(FIRST, section(secrets, null, roles), secrets, lock);
            }
            if (!authority.exists()) {
                throw new StartFailure("there is no farm to join in the state folder " + secrets.getParent()
                        + ": start the first node with \"culvert up\", or name its folder with --state");
            }
            return node(authority, secrets, join, roles);
        } catch (IOException e) {
            throw new StartFailure("the farm's secrets cannot be kept: " + FileFaults.of(e));
        }
    }

    private static DemoFarm node(ClusterAuthority authority, Path secrets, @Nullable String join, Set<NodeRole> roles)
            throws IOException, StartFailure {
        for (int number = 2; number <= MAX_NODES; number++) {
            String name = "node-" + number;
            Path own = secrets.resolve(name);
            if (!Files.isDirectory(own)) {
                authority.issue(name, Instant.now());
            }
            FileLock lock = lock(own);
            if (lock != null) {
                return new DemoFarm(name, section(own, join, roles), own, lock);
            }
        }
        throw new StartFailure(MAX_NODES + " nodes run already");
    }

    private static ClusterConfig section(Path secrets, @Nullable String join, Set<NodeRole> roles) throws StartFailure {
        FreePorts ports = new FreePorts(InetAddress.ofLiteral(Demo.HOST));
        int port = ports.next(ClusterConfig.DEFAULT_PORT);
        Set<NodeRole> usual =
                join == null ? EnumSet.allOf(NodeRole.class) : EnumSet.of(NodeRole.ROUTER, NodeRole.EGRESS);
        String own = HostPort.of(Demo.HOST, port);
        return new ClusterConfig(
                FARM,
                roles.isEmpty() ? usual : roles,
                Demo.HOST,
                port,
                join == null ? List.of(own) : List.of(join, own),
                ports.next(ClusterConfig.DEFAULT_BUS_PORT),
                new ClusterConfig.Link(ports.next(ClusterConfig.Link.DEFAULT_PORT), ClusterConfig.LinkSecurity.TLS),
                ClusterConfig.USUAL_WEIGHT,
                List.of(),
                secrets.toString(),
                Position.NONE);
    }

    /** The lock that says that a node of this folder runs, or null where one does. */
    private static @Nullable FileLock lock(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve("running"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
        }
        return lock;
    }

    /** Where others join. */
    public String address() {
        return HostPort.of(config.bind(), config.port());
    }
}
