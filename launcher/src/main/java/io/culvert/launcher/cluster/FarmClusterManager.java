package io.culvert.launcher.cluster;

import io.culvert.bus.BusAddresses;
import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import io.vertx.core.shareddata.Counter;
import io.vertx.core.shareddata.Lock;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.NodeListener;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells the event bus who listens where, from what addresses and members say themselves: every address of the control path
 * names its node ({@link BusAddresses}), and every member of Hazelcast where its bus is. Nothing is kept in a distributed map, as
 * Vert.x's own manager does: such a map is slow, or waits for minutes, while members come and go or cannot reach each other, and
 * living nodes are not heard until it is right again.
 *
 * <p>Maps, locks and counters of Vert.x are not there: nothing of the farm is kept in common.
 */
final class FarmClusterManager implements ClusterManager {
    private final String nodeId;
    private final HazelcastMember member;
    private volatile @Nullable NodeInfo own;
    private volatile @Nullable Context bus;
    private volatile @Nullable NodeListener nodes;
    private volatile @Nullable RegistrationListener registrations;
    private volatile boolean active;

    FarmClusterManager(String nodeId, HazelcastMember member) {
        this.nodeId = nodeId;
        this.member = member;
    }

    @Override
    public void init(Vertx vertx) {
        member.onChange(this::joined, this::left);
    }

    private void joined(String node) {
        NodeListener listener = nodes;
        if (active && listener != null) {
            listener.nodeAdded(node);
        }
    }

    private void left(String node) {
        RegistrationListener forgetful = registrations;
        NodeListener listener = nodes;
        if (active && forgetful != null) {
            forgetful.registrationsLost();
        }
        if (active && listener != null) {
            listener.nodeLeft(node);
        }
    }

    @Override
    public void join(Completable<Void> joined) {
        active = true;
        joined.succeed();
    }

    @Override
    public void leave(Completable<Void> left) {
        active = false;
        left.succeed();
    }

    @Override
    public boolean isActive() {
        return active;
    }

    @Override
    public String getNodeId() {
        return nodeId;
    }

    @Override
    public List<String> getNodes() {
        List<String> all = new ArrayList<>(member.others());
        all.add(nodeId);
        return all;
    }

    @Override
    public void nodeListener(NodeListener listener) {
        nodes = listener;
    }

    /** Told by the event bus once its server listens, on the context that this and the messages which arrive have. */
    @Override
    public void setNodeInfo(NodeInfo info, Completable<Void> known) {
        own = info;
        bus = Vertx.currentContext();
        known.succeed();
    }

    /** The context on which the event bus reads and writes; null before it has started. */
    @Nullable
    Context bus() {
        return bus;
    }

    @Override
    public @Nullable NodeInfo getNodeInfo() {
        return own;
    }

    /**
     * Answers on the context where the bus reads: a connection that it makes then is on the same event loop, and who asks and
     * hears on that loop changes no threads.
     */
    @Override
    public void getNodeInfo(String node, Completable<NodeInfo> known) {
        NodeInfo info = node.equals(nodeId) ? own : member.bus(node);
        Context on = bus;
        if (info == null || on == null) {
            known.fail("node " + node + " is no member of the farm");
        } else {
            on.runOnContext(_ -> known.succeed(info));
        }
    }

    @Override
    public void registrationListener(RegistrationListener listener) {
        registrations = listener;
    }

    @Override
    public void addRegistration(String address, RegistrationInfo registration, Completable<Void> added) {
        added.succeed();
    }

    @Override
    public void removeRegistration(String address, RegistrationInfo registration, Completable<Void> removed) {
        removed.succeed();
    }

    /** Whoever an address names is taken to listen there: nobody is asked who has not said that it is there. */
    @Override
    public void getRegistrations(String address, Completable<List<RegistrationInfo>> known) {
        String node = BusAddresses.nodeOf(address);
        known.succeed(node == null ? List.of() : List.of(new RegistrationInfo(node, 1, false)));
    }

    @Override
    public <K, V> void getAsyncMap(String name, Completable<AsyncMap<K, V>> made) {
        throw notShared(name);
    }

    @Override
    public <K, V> Map<K, V> getSyncMap(String name) {
        throw notShared(name);
    }

    @Override
    public void getLockWithTimeout(String name, long millis, Completable<Lock> made) {
        throw notShared(name);
    }

    @Override
    public void getCounter(String name, Completable<Counter> made) {
        throw notShared(name);
    }

    private static UnsupportedOperationException notShared(String name) {
        return new UnsupportedOperationException("the nodes of a farm keep nothing in common: " + name);
    }
}
