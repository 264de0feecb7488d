package io.culvert.ingress.listener;

import io.culvert.bus.RouterClient;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.ingress.session.SessionLog;
import io.culvert.ingress.session.SessionRegistry;
import io.culvert.ingress.session.SessionServices;
import io.culvert.transport.Outbound;
import io.culvert.transport.tls.TlsServers;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What all ingress verticles of a node share. Safe for all threads. */
public final class Ingress implements SessionServices {
    private static final double MOST_JITTER = 0.1;

    private final String node;
    private final RouterClient router;
    private final Function<String, Outbound> egress;
    private final boolean linked;
    private final SessionLog log;
    private final IngressLimits limits;
    private final IntSupplier otherNodes;
    private final SeenMemory seen;
    private final SessionRegistry registry = new SessionRegistry();
    private final HalfOpen halfOpen;
    private final StrangersWork strangersWork =
            new StrangersWork(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), System::nanoTime);
    private final TlsServers tls = new TlsServers();
    private final double jitter;
    private final LongAdder overSessions = new LongAdder();
    private final LongAdder kcpOverLimit = new LongAdder();
    private final LongAdder datagramSessionsReplaced = new LongAdder();
    private final AtomicLong nextId;

    /**
     * @param node this node's id
     * @param egress what opens destinations on a node
     * @param linked whether that may be another node
     * @param seen the VMess headers that have been used; its owner closes it
     * @param otherNodes how many nodes there are that this one has connections to; asked for each session
     */
    public Ingress(
            String node,
            RouterClient router,
            Function<String, Outbound> egress,
            boolean linked,
            SessionLog log,
            IngressLimits limits,
            SeenMemory seen,
            IntSupplier otherNodes,
            RandomGenerator random) {
        this.node = node;
        this.router = router;
        this.egress = egress;
        this.linked = linked;
        this.log = log;
        this.limits = limits;
        this.seen = seen;
        this.otherNodes = otherNodes;
        this.halfOpen = new HalfOpen(limits.halfOpen(), limits.halfOpenSources());
        this.jitter = random.nextDouble() * MOST_JITTER;
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

    /** The VMess headers that have been used. */
    public SeenMemory seen() {
        return seen;
    }

    public HalfOpen halfOpen() {
        return halfOpen;
    }

    /** What clients whom nobody knows yet cause beside the event loops. */
    public StrangersWork strangersWork() {
        return strangersWork;
    }

    public IngressLimits limits() {
        return limits;
    }

    /** The most live sessions beside the other nodes that there are now. */
    public int mostSessions() {
        return limits.sessionsBeside(otherNodes.getAsInt());
    }

    /** Connections that were closed at once because a limit was reached. */
    public long overLimit() {
        return overSessions() + halfOpen.overSource() + halfOpen.overNode();
    }

    /** Connections and UDP sessions that were refused because the node had all the sessions that it may. */
    public long overSessions() {
        return overSessions.sum();
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

    /**
     * How long handshakes may last here where they are configured to: at most a tenth more, the same for all of a node, so that
     * who only looks at the time does not know a Culvert by it.
     */
    long halfOpenMillis(long configured) {
        return configured + (long) (configured * jitter);
    }

    /** Whether one more session may begin; counts those that may not. */
    boolean mayServe() {
        if (registry.size() < mostSessions()) {
            return true;
        }
        overSessions.increment();
        return false;
    }

    /**
     * A place for one more connection, or null where a limit is reached; counts those that get none.
     *
     * @param front whether it comes from a reverse proxy or from this host
     */
    HalfOpen.@Nullable Place admit(InetAddress source, boolean front) {
        return mayServe() ? halfOpen.enter(source, front) : null;
    }
}
