package io.culvert.launcher.cluster;

import io.culvert.bus.KnownRouters;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeStatus;
import io.culvert.model.NodeRole;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of the farm, as they announce themselves: a node lives while its announcements are fresh. What Hazelcast says
 * only shortens the wait for one that has gone (reliability section 3, design rule 1); where Hazelcast is wrong, because it is
 * itself cut off or about to merge, the next announcement says so, and until then a router that it took for gone is better than
 * none.
 *
 * <p>Safe for any thread.
 */
public final class NodeDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);

    /** How long a node is believed to live after its last announcement. */
    static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(3 * NodeAnnouncements.PERIOD_MILLIS);

    /** For how long a node that has fallen silent is told of this one: it may be the way between the two that is lost. */
    static final long LOST_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** For how long the addresses of a node that is not heard any more are kept from sessions: it may be this node that is cut off. */
    static final long CLOSED_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** How many nodes are remembered; more are not believed. */
    public static final int MAX_NODES = 1_000;

    /**
     * How often the list of routers is made anew while nothing has changed but the time. An announcement that changes nothing else
     * must not cost a pass over all nodes: N nodes announce themselves N times a second to each other.
     */
    static final long REFRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final String ownNode;
    private final LongSupplier nanoClock;
    private final Map<String, Heard> nodes = new ConcurrentHashMap<>();
    /** Nodes that have fallen silent without a word, and when. */
    private final Map<String, Long> lost = new ConcurrentHashMap<>();

    private volatile List<String> routers = List.of();
    private long refreshedAt;
    private final LongAdder unbelieved = new LongAdder();
    private final NamedAddresses closed = new NamedAddresses();

    /**
     * @param ownNode this node's id: it needs no announcement to be believed
     * @param nanoClock a monotonic clock in nanoseconds
     */
    public NodeDirectory(String ownNode, LongSupplier nanoClock) {
        this.ownNode = ownNode;
        this.nanoClock = nanoClock;
        this.refreshedAt = nanoClock.getAsLong();
    }

    /** @param gone whether Hazelcast has said since then that the node has gone */
    private record Heard(NodeStatus status, long at, boolean gone) {

        boolean isRouter() {
            return status.roles().contains(NodeRole.ROUTER) && status.compatible();
        }

        /** Everything but the time that decides whether it is asked. */
        RouterState asRouter() {
            if (!isRouter()) {
                return RouterState.NONE;
            }
            if (gone) {
                return RouterState.GONE;
            }
            return status.draining() ? RouterState.DRAINING : RouterState.LIVE;
        }
    }

    private enum RouterState {
        NONE,
        GONE,
        DRAINING,
        LIVE
    }

    /**
     * Takes note of an announcement. Any thread; what is said of a node in the log is said in the order in which it became so. Costs
     * the same with few nodes and with many.
     */
    public synchronized void heard(NodeStatus status) {
        long now = nanoClock.getAsLong();
        Heard before = nodes.get(status.node());
        if (before == null && nodes.size() >= MAX_NODES) {
            unbelieved.increment();
            return;
        }
        closed.name(status.closed(), now);
        Heard heard = new Heard(status, now, false);
        nodes.put(status.node(), heard);
        if (before == null) {
            // A node that was started again has another id.
            lost.keySet().removeIf(node -> NodeStatus.nameOf(node).equals(status.name()));
        }
        if (status.isStarting()) {
            LOG.debug("node {} starts", status.node());
        } else if (!status.compatible() && isFirst(before, status)) {
            LOG.warn(
                    "node {} speaks version {} of the control path, and this one {}: neither sends sessions to the other",
                    status.node(),
                    status.protocolVersion(),
                    NodeStatus.PROTOCOL_VERSION);
        } else if (before == null || before.gone() || before.status().isStarting()) {
            LOG.info("node {} is here: {}", status.node(), status.roles());
        } else if (!before.status().draining() && status.draining()) {
            LOG.info("node {} drains", status.node());
        }
        if (before == null || before.asRouter() != heard.asRouter() || !isFresh(before, now)) {
            refresh(now);
        } else if (now - refreshedAt >= REFRESH_NANOS) {
            refresh(now);
        }
    }

    /** Whether a node serves for the first time since it was started. */
    private static boolean isFirst(@Nullable Heard before, NodeStatus status) {
        return before == null || (before.status().isStarting() && !status.isStarting());
    }

    /** Takes a node for gone until it is heard again; one that had said that it drains has left for good. Any thread. */
    public synchronized void left(String node) {
        Heard last = nodes.get(node);
        if (last == null || last.gone()) {
            return;
        }
        LOG.info("node {} has gone", node);
        if (last.status().draining()) {
            nodes.remove(node);
        } else {
            nodes.put(node, new Heard(last.status(), last.at(), true));
        }
        refresh(nanoClock.getAsLong());
    }

    /** Forgets the nodes that have been silent for too long; called about once a second, on any thread. */
    public synchronized void sweep() {
        long now = nanoClock.getAsLong();
        nodes.values().removeIf(heard -> {
            boolean silent = !isFresh(heard, now) && !heard.status().node().equals(ownNode);
            if (silent && !heard.gone()) {
                LOG.warn("node {} is silent", heard.status().node());
            }
            if (silent && !heard.status().draining() && lost.size() < MAX_NODES) {
                lost.put(heard.status().node(), now);
            }
            return silent;
        });
        if (!lost.isEmpty()) {
            lost.values().removeIf(at -> now - at > LOST_NANOS);
            Set<String> names = new HashSet<>();
            nodes.keySet().forEach(node -> names.add(NodeStatus.nameOf(node)));
            lost.keySet().removeIf(node -> names.contains(NodeStatus.nameOf(node)));
        }
        closed.forget(now, CLOSED_NANOS);
        refresh(now);
    }

    /** The nodes that live and serve something, by name. */
    public List<NodeStatus> nodes() {
        return nodes.values().stream()
                .filter(heard -> !heard.gone() && !heard.status().isStarting())
                .map(Heard::status)
                .sorted(Comparator.comparing(NodeStatus::node))
                .toList();
    }

    /**
     * The ids of the nodes that have been heard within the last minutes and are not heard now, though they have not said that they
     * leave. Hazelcast cannot be asked for them: after a cut its members may have lists that differ for good.
     */
    public Collection<String> lost() {
        return List.copyOf(lost.keySet());
    }

    /** The ids of the other nodes that have been heard lately: those too that start, or that Hazelcast takes for gone. */
    public Collection<String> heardLately() {
        return nodes.keySet().stream().filter(node -> !node.equals(ownNode)).toList();
    }

    /** How many other nodes this one may have connections to: those too that start, or that have just gone. Costs nothing. */
    public int peers() {
        return nodes.containsKey(ownNode) ? nodes.size() - 1 : nodes.size();
    }

    /** Announcements of nodes beyond {@link #MAX_NODES}, which are not believed. */
    public long unbelieved() {
        return unbelieved.sum();
    }

    /** The ids of the other nodes that are heard, those too that start. */
    public List<String> others() {
        return nodes.values().stream()
                .filter(heard -> !heard.gone() && !heard.status().node().equals(ownNode))
                .map(heard -> heard.status().node())
                .sorted()
                .toList();
    }

    /** The live routers that take questions; one that drains is asked by its own node only. */
    public KnownRouters routers() {
        return () -> routers;
    }

    /** What the nodes listen on for each other, those too that have been here lately: a view of what is known at any time. */
    public Set<InetSocketAddress> closed() {
        return closed;
    }

    private void refresh(long now) {
        refreshedAt = now;
        List<String> live = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        for (Heard heard : nodes.values()) {
            NodeStatus status = heard.status();
            boolean own = status.node().equals(ownNode);
            if (heard.isRouter() && (own || (!status.draining() && isFresh(heard, now)))) {
                (heard.gone() ? gone : live).add(status.node());
            }
        }
        routers = List.copyOf(live.isEmpty() ? gone : live);
    }

    private static boolean isFresh(Heard heard, long now) {
        return now - heard.at() <= FRESH_NANOS;
    }
}
