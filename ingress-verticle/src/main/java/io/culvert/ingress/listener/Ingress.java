package io.culvert.ingress.listener;

import io.culvert.bus.RouterClient;
import io.culvert.ingress.session.SessionLog;
import io.culvert.ingress.session.SessionRegistry;
import io.culvert.ingress.session.SessionServices;
import io.culvert.transport.Outbound;
import io.culvert.transport.tls.TlsServers;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** What all ingress verticles of a node share. Safe for all threads. */
public final class Ingress implements SessionServices {
    private final String node;
    private final RouterClient router;
    private final Function<String, Outbound> egress;
    private final boolean linked;
    private final SessionLog log;
    private final IngressLimits limits;
    private final SessionRegistry registry = new SessionRegistry();
    private final HalfOpen halfOpen;
    private final TlsServers tls = new TlsServers();
    private final LongAdder overLimit = new LongAdder();
    private final LongAdder kcpOverLimit = new LongAdder();
    private final LongAdder datagramSessionsReplaced = new LongAdder();
    private final AtomicLong nextId;

    /**
     * @param node this node's id
     * @param egress what opens destinations on a node
     * @param linked whether that may be another node
     */
    public Ingress(
            String node,
            RouterClient router,
            Function<String, Outbound> egress,
            boolean linked,
            SessionLog log,
            IngressLimits limits,
            RandomGenerator random) {
        this.node = node;
        this.router = router;
        this.egress = egress;
        this.linked = linked;
        this.log = log;
        this.limits = limits;
        this.halfOpen = new HalfOpen(limits.halfOpen());
        // The upper half is random, so that ids of different nodes and runs do not meet.
        this.nextId = new AtomicLong(random.nextLong() << 32);
    }

    public String node() {
        return node;
    }

    @Override
    public RouterClient router() {
        return router;
    }

    @Override
    public Outbound egress(String of) {
        return egress.apply(of);
    }

    @Override
    public boolean linked() {
        return linked;
    }

    @Override
    public SessionRegistry registry() {
        return registry;
    }

    @Override
    public SessionLog log() {
        return log;
    }

    /** The TLS of the node's inbounds. */
    TlsServers tls() {
        return tls;
    }

    public HalfOpen halfOpen() {
        return halfOpen;
    }

    public IngressLimits limits() {
        return limits;
    }

    /** Connections that were closed at once because a limit was reached. */
    public long overLimit() {
        return overLimit.sum();
    }

    /** mKCP sessions that found no place among the half-open ones, or lost it. */
    public LongAdder kcpOverLimit() {
        return kcpOverLimit;
    }

    /** UDP sessions that ended so that another one could begin. */
    public LongAdder datagramSessionsReplaced() {
        return datagramSessionsReplaced;
    }

    long nextSessionId() {
        return nextId.incrementAndGet();
    }

    /** Whether one more connection may be taken; counts those that may not. */
    boolean mayAccept() {
        if (registry.size() < limits.sessions() && halfOpen.mayOpen()) {
            return true;
        }
        overLimit.increment();
        return false;
    }
}
