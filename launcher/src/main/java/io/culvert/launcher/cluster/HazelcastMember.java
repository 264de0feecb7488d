package io.culvert.launcher.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.EndpointConfig;
import com.hazelcast.config.ExecutorConfig;
import com.hazelcast.config.SocketInterceptorConfig;
import com.hazelcast.config.XmlConfigBuilder;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.nio.MemberSocketInterceptor;
import com.hazelcast.spi.impl.executionservice.ExecutionService;
import io.culvert.config.ClusterConfig;
import io.culvert.files.FileFaults;
import io.vertx.core.spi.cluster.NodeInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A member of Hazelcast as {@code cluster.xml} describes it, whose connections pass a {@link JoinGuard} first. The
 * open-source edition asks its node extension for an interceptor and has none of its own; this is the one place that knows.
 */
final class HazelcastMember {
    /** Names the file to read instead of the built-in {@code cluster.xml}. */
    static final String FILE_PROPERTY = "culvert.cluster.xml";

    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
    private static final String RESOURCE = "/cluster.xml";
    /** The attribute that holds a node's id. */
    private static final String NODE_ID = "culvert.node";
    /** The attributes that say where a node's event bus listens. */
    private static final String BUS_HOST = "culvert.bus.host";

    private static final String BUS_PORT = "culvert.bus.port";

    private final HazelcastInstance instance;
    private final JoinGuard guard;
    /** Of those members too that Hazelcast has given up: it may be wrong, and they are still heard. */
    private final Map<String, NodeInfo> buses = Collections.synchronizedMap(new Remembered());

    private HazelcastMember(HazelcastInstance instance, JoinGuard guard) {
        this.instance = instance;
        this.guard = guard;
    }

    /**
     * Starts the member, and joins those that it finds. Blocks.
     *
     * @throws ClusterFailure where {@code cluster.xml} cannot be used, or the member did not start
     */
    static HazelcastMember start(ClusterConfig cluster, String nodeId, JoinGuard guard) throws ClusterFailure {
        Config config = config(cluster);
        config.getMemberAttributeConfig()
                .setAttribute(NODE_ID, nodeId)
                .setAttribute(BUS_HOST, cluster.bind())
                .setAttribute(BUS_PORT, Integer.toString(cluster.busPort()));
        config.addExecutorConfig(new ExecutorConfig(ExecutionService.IO_EXECUTOR, JoinGuard.THREADS));
        config.setClassLoader(HazelcastMember.class.getClassLoader());
        EndpointConfig endpoint =
                config.getAdvancedNetworkConfig().getEndpointConfigs().get(EndpointQualifier.MEMBER);
        if (!config.getAdvancedNetworkConfig().isEnabled() || endpoint == null) {
            throw new ClusterFailure("cluster.xml has no member-server-socket-endpoint-config in its advanced-network");
        }
        endpoint.setSocketInterceptorConfig(new SocketInterceptorConfig().setEnabled(true));
        try {
            return new HazelcastMember(
                    HazelcastInstanceFactory.newHazelcastInstance(config, nodeId, new Guarded(guard)), guard);
        } catch (RuntimeException e) {
            throw ClusterFailure.of(
                    "the cluster node did not start on " + cluster.bind() + ":" + cluster.port() + ": " + rootMessage(e)
                            + " (is the port free, and does every member hold the same cluster key?)",
                    root(e));
        }
    }

    private static Config config(ClusterConfig cluster) throws ClusterFailure {
        Properties variables = new Properties();
        variables.setProperty("culvert.cluster.name", cluster.name());
        variables.setProperty("culvert.cluster.bind", cluster.bind());
        variables.setProperty("culvert.cluster.port", Integer.toString(cluster.port()));
        String own =
                (cluster.bind().contains(":") ? "[" + cluster.bind() + "]" : cluster.bind()) + ":" + cluster.port();
        variables.setProperty(
                "culvert.cluster.members", cluster.members().isEmpty() ? own : String.join(",", cluster.members()));
        try (InputStream xml = open()) {
            if (xml == null) {
                throw new ClusterFailure("cluster.xml is not among the program's resources");
            }
            return new XmlConfigBuilder(xml).setProperties(variables).build();
        } catch (IOException | RuntimeException e) {
            throw new ClusterFailure("cluster.xml cannot be used: " + rootMessage(e));
        }
    }

    private static @Nullable InputStream open() throws IOException {
        String file = System.getProperty(FILE_PROPERTY, "");
        return file.isEmpty()
                ? HazelcastMember.class.getResourceAsStream(RESOURCE)
                : Files.newInputStream(Path.of(file));
    }

    private static Throwable root(Throwable fault) {
        Throwable root = fault;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    private static String rootMessage(Throwable fault) {
        Throwable root = root(fault);
        return root instanceof IOException file ? FileFaults.of(file) : String.valueOf(root.getMessage());
    }

    /** Connections that did not prove to hold the cluster key. */
    long refused() {
        return guard.refused();
    }

    /** Tells the ids of nodes that have come, and of those that Hazelcast has given up or that have left; on a thread of Hazelcast. */
    void onChange(Consumer<String> joined, Consumer<String> left) {
        instance.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                String node = event.getMember().getAttribute(NODE_ID);
                if (node != null) {
                    joined.accept(node);
                }
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                String node = event.getMember().getAttribute(NODE_ID);
                if (node != null) {
                    left.accept(node);
                }
            }
        });
    }

    /** The ids of the other members. */
    List<String> others() {
        List<String> others = new ArrayList<>();
        for (Member member : instance.getCluster().getMembers()) {
            String node = member.getAttribute(NODE_ID);
            if (!member.localMember() && node != null) {
                others.add(node);
            }
        }
        return others;
    }

    /** Where the event bus of a member listens, or null where nobody of that id is or has been one. */
    @Nullable
    NodeInfo bus(String node) {
        NodeInfo known = buses.get(node);
        if (known != null) {
            return known;
        }
        for (Member member : instance.getCluster().getMembers()) {
            if (node.equals(member.getAttribute(NODE_ID))) {
                remember(node, member);
            }
        }
        return buses.get(node);
    }

    private void remember(String node, Member member) {
        String host = member.getAttribute(BUS_HOST);
        String port = member.getAttribute(BUS_PORT);
        if (host != null && port != null && PORT.matcher(port).matches()) {
            buses.put(node, new NodeInfo(host, Integer.parseInt(port), null));
        }
    }

    /** Leaves; blocks until the others hold what this one held, within the limit that {@code cluster.xml} sets. */
    void stop() {
        instance.shutdown();
    }

    /** The last that were asked for. */
    private static final class Remembered extends LinkedHashMap<String, NodeInfo> {
        private static final long serialVersionUID = 1;

        Remembered() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, NodeInfo> eldest) {
            return size() > NodeDirectory.MAX_NODES;
        }
    }

    private static final class Guarded extends DefaultNodeContext {
        private final JoinGuard guard;

        Guarded(JoinGuard guard) {
            this.guard = guard;
        }

        @Override
        public NodeExtension createNodeExtension(Node node) {
            return new DefaultNodeExtension(node) {
                @Override
                public MemberSocketInterceptor getSocketInterceptor(EndpointQualifier endpoint) {
                    return guard;
                }
            };
        }
    }
}
