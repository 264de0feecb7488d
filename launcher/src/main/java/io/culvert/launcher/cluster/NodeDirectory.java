package io.culvert.launcher.cluster;

import io.culvert.bus.KnownRouters;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeStatus;
import io.culvert.model.NodeRole;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of the farm, as they announce themselves: a node lives while its announcements are fresh. What Hazelcast says
 * only shortens the wait for one that has gone (reliability section 3, design rule 1).
 *
 * <p>Safe for any thread.
 */
public final class NodeDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(NodeDirectory.class);

    /** How long a node is believed to live after its last announcement. */
    static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(3 * NodeAnnouncements.PERIOD_MILLIS);

    /** For how long the addresses of a node that is not heard any more are kept from sessions: it may be this node that is cut off. */
    static final long CLOSED_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** How many nodes are remembered; more are not believed. */
    static final int MAX_NODES = 1_000;

    private final String ownNode;
    private final LongSupplier nanoClock;
    private final Map<String, Heard> nodes = new ConcurrentHashMap<>();
    /** When nobody else was a member for the last time. */
    private volatile long alone;

    private volatile List<String> routers = List.of();
    private final Map<InetSocketAddress, Long> namedAt = new ConcurrentHashMap<>();
    private volatile Set<InetSocketAddress> closed = Set.of();

    /**
     * @param ownNode this node's id: it needs no announcement to be believed
     * @param nanoClock a monotonic clock in nanoseconds
     */
    public NodeDirectory(String ownNode, LongSupplier nanoClock) {
        this.ownNode = ownNode;
        this.nanoClock = nanoClock;
        this.alone = nanoClock.getAsLong();
    }

    private record Heard(NodeStatus status, long at) {}

    /** Takes note of an announcement. */
    public void heard(NodeStatus status) {
        if (nodes.size() >= MAX_NODES && !nodes.containsKey(status.node())) {
            LOG.warn("node {} is not believed: {} are known already", status.node(), MAX_NODES);
            return;
        }
        status.closed().forEach(address -> namedAt.put(address, nanoClock.getAsLong()));
        Heard before = nodes.put(status.node(), new Heard(status, nanoClock.getAsLong()));
        if (before == null) {
            LOG.info("node {} is here: {}", status.node(), status.roles());
        } else if (!before.status().draining() && status.draining()) {
            LOG.info("node {} drains", status.node());
        }
        refresh();
    }

    /** Forgets a node that has gone. */
    public void left(String node) {
        if (nodes.remove(node) != null) {
            LOG.info("node {} has gone", node);
            refresh();
        }
    }

    /** Forgets the nodes that have been silent for too long; called about once a second. */
    public void sweep() {
        long now = nanoClock.getAsLong();
        nodes.values().removeIf(heard -> {
            boolean silent = !isFresh(heard, now) && !heard.status().node().equals(ownNode);
            if (silent) {
                LOG.warn("node {} is silent", heard.status().node());
            }
            return silent;
        });
        refresh();
    }

    /** The nodes that live, by name. */
    public List<NodeStatus> nodes() {
        return nodes.values().stream()
                .map(Heard::status)
                .sorted(Comparator.comparing(NodeStatus::node))
                .toList();
    }

    /**
     * For how long nobody has been heard of some nodes that should be there, in nanoseconds; 0 where there are none.
     *
     * @param members the ids of the other members of the cluster
     */
    public long silenceNanos(Collection<String> members) {
        if (members.isEmpty()) {
            alone = nanoClock.getAsLong();
            return 0;
        }
        long latest = alone;
        for (String member : members) {
            Heard heard = nodes.get(member);
            latest = heard == null ? latest : Math.max(latest, heard.at());
        }
        return nanoClock.getAsLong() - latest;
    }

    /** The live routers that take questions; one that drains is asked by its own node only. */
    public KnownRouters routers() {
        return () -> routers;
    }

    /** What the nodes listen on for each other, those too that have been here lately. */
    public Set<InetSocketAddress> closed() {
        return closed;
    }

    private void refresh() {
        long now = nanoClock.getAsLong();
        List<String> live = new ArrayList<>();
        for (Heard heard : nodes.values()) {
            NodeStatus status = heard.status();
            boolean own = status.node().equals(ownNode);
            if (status.roles().contains(NodeRole.ROUTER)
                    && status.compatible()
                    && (own || (!status.draining() && isFresh(heard, now)))) {
                live.add(status.node());
            }
        }
        routers = List.copyOf(live);
        namedAt.values().removeIf(at -> now - at > CLOSED_NANOS);
        closed = Set.copyOf(namedAt.keySet());
    }

    private static boolean isFresh(Heard heard, long now) {
        return now - heard.at() <= FRESH_NANOS;
    }
}
