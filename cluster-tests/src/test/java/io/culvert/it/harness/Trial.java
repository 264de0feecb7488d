package io.culvert.it.harness;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Something that happens to a farm under load. At its end every session is accounted for, at both ends and by the ingress, and
 * nothing is left of them on any node.
 */
public final class Trial implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(15);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int BRIEF = 6;
    private static final int LASTING = 8;

    /** By how much the sockets of a node may differ: links between nodes are made when they are needed, and kept. */
    private static final int LINKS = 10;

    private final FarmRig farm;
    private final String ingress;
    private final String name;
    private final Map<ProxyNode, Integer> sockets = new HashMap<>();
    private final ProxyNode ingressNode;
    private final double endedBefore;
    private final double completedBefore;
    private final Load load;

    /**
     * Starts the load, and waits until it flows.
     *
     * @param name what it is called where it fails
     * @param ingress the node that the sessions come through
     * @param socks its SOCKS inbound
     */
    public Trial(FarmRig farm, String ingress, InetSocketAddress socks, String name, Ledger ledger, long seed) {
        this.farm = farm;
        this.ingress = ingress;
        this.name = name + ", seed " + seed;
        this.ingressNode = farm.node(ingress);
        farm.live().forEach(live -> sockets.put(farm.node(live), farm.node(live).openSockets()));
        endedBefore = metric(ingress, "culvert_sessions_total");
        completedBefore = completed();
        InetSocketAddress target = ledger.address();
        String host = target.getAddress().getHostAddress();
        load = Load.start(() -> Clients.socks5(socks, host, target.getPort(), null), ledger, BRIEF, LASTING, seed);
        load.awaitCompleted(BRIEF, Busy.allow(WITHIN));
    }

    public Load load() {
        return load;
    }

    /** A metric of a node; see {@link Admin#metric}. */
    public double metric(String node, String metric, String... labels) {
        try (Admin admin = farm.node(node).admin()) {
            return admin.metric(metric, labels);
        }
    }

    /** Says how long something took, for who reads the output of a run. */
    public static void say(String what, Duration took) {
        System.out.println("  " + what + " after " + took.toMillis() + " ms");
    }

    /** Waits until all nodes see each other again. */
    public void awaitWhole(Duration within) {
        long start = System.nanoTime();
        farm.awaitWhole(within);
        say("all see each other again", Duration.ofNanos(System.nanoTime() - start));
    }

    /** Waits until an egress that came back opens sessions of others again; returns after how long. */
    public Duration awaitServing(String egress, Duration within) {
        return awaitMore(egress, within, "culvert_link_tickets_total", "outcome=\"accepted\"");
    }

    /**
     * Waits until an egress has more sessions than there are brief ones, and holds the lasting ones: at least one of them is there
     * until {@code load().hold(false)}.
     */
    public void holdAt(String egress) {
        Await.until(
                MINUTE, () -> name + ": " + egress + " does not carry its part of the sessions\n" + farm.logs(), () -> {
                    load.hold(true);
                    boolean carries = metric(egress, "culvert_link_sessions") > BRIEF;
                    load.hold(carries);
                    return carries;
                });
    }

    /** Waits until a router that came back decides on sessions again; returns after how long. */
    public Duration awaitDeciding(String router, Duration within) {
        return awaitMore(router, within, "culvert_router_decisions_total", "outcome=\"forwarded\"");
    }

    private Duration awaitMore(String node, Duration within, String metric, String label) {
        long start = System.nanoTime();
        double before = metric(node, metric, label);
        Await.until(
                within,
                () -> name + ": " + node + " gets no sessions\n" + farm.logs(),
                () -> metric(node, metric, label) > before);
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Ends the load, and returns all its sessions, each of which is accounted for. */
    public List<Load.Session> finish() {
        try {
            List<Load.Session> sessions = load.finish();
            System.out.println(name + ": " + Load.summary(sessions));
            farm.live().forEach(this::expectNothingLeft);
            if (farm.node(ingress) == ingressNode && ingressNode.isAlive()) {
                expectAccounted(sessions);
            }
            farm.expectCleanLogs();
            return sessions;
        } catch (AssertionError e) {
            throw new AssertionError(name + ": " + e.getMessage() + "\n" + farm.logs(), e);
        }
    }

    private void expectNothingLeft(String node) {
        Await.until(
                Busy.allow(WITHIN),
                () -> "sessions are left at " + node,
                () -> metric(node, "culvert_sessions_live") == 0);
        Integer before = sockets.get(farm.node(node));
        if (before != null) {
            farm.node(node).expectSocketsBackTo(before + LINKS, Busy.allow(WITHIN));
        }
    }

    /** The ingress has closed as many sessions as its clients have seen end, for causes that are none of its own making. */
    private void expectAccounted(List<Load.Session> sessions) {
        double completed = sessions.stream().filter(Load.Session::completed).count();
        Await.until(
                Busy.allow(WITHIN),
                () -> "the ingress has ended " + (metric(ingress, "culvert_sessions_total") - endedBefore)
                        + " sessions of " + sessions.size(),
                () -> metric(ingress, "culvert_sessions_total") - endedBefore == sessions.size());
        double said = completed() - completedBefore;
        if (said != completed) {
            throw new AssertionError("to the ingress " + said + " sessions completed, to clients " + completed);
        }
        double faults = metric(ingress, "culvert_sessions_total", "cause=\"internal fault\"");
        if (faults != 0) {
            throw new AssertionError(faults + " sessions ended for an internal fault");
        }
    }

    /** Sessions that the ingress takes for complete: on a slow machine the last FIN comes later than V2Ray's timer of 1 s. */
    private double completed() {
        return metric(ingress, "culvert_sessions_total", "cause=\"completed\"")
                + metric(ingress, "culvert_sessions_total", "cause=\"half-closed timeout\"");
    }

    @Override
    public void close() {
        load.close();
    }
}
