package io.culvert.ingress.listener;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a node whose requests are not known yet, over all event loops, and whether one more may be taken. That is
 * decided when a connection comes, by who has how many and by nothing that is sent; what has been taken keeps its place until it
 * ends.
 *
 * <p>A source has {@link #MOST_OF_SOURCE}, fewer where the node's places run out: many sources together could fill them otherwise.
 * The first connection of each of a number of sources has a place of its own, so that who holds many keeps nobody out who has none.
 * Reverse proxies and clients on this host have as many places for themselves, and no limit for one of them: behind such a proxy
 * all clients have one address.
 */
public final class HalfOpen {
    /** Half-open connections of one source. */
    public static final int MOST_OF_SOURCE = 64;

    private final int most;
    private final int mostSources;
    private final ConcurrentMap<ClientSource, Integer> bySource = new ConcurrentHashMap<>();
    private final AtomicInteger strangers = new AtomicInteger();
    private final AtomicInteger sources = new AtomicInteger();
    private final AtomicInteger fronts = new AtomicInteger();
    private final LongAdder overSource = new LongAdder();
    private final LongAdder overNode = new LongAdder();
    private volatile @Nullable InetAddress busiest;

    /**
     * @param most places for reverse proxies and this host together, and as many for everybody else
     * @param mostSources sources whose first connections have places beside those
     */
    public HalfOpen(int most, int mostSources) {
        this.most = most;
        this.mostSources = mostSources;
    }

    /** A connection's place, until {@link #leave}. Owned by the connection's event loop. */
    public final class Place {
        private final @Nullable ClientSource source;
        private boolean left;

        private Place(@Nullable ClientSource source) {
            this.source = source;
        }

        /** The connection is not half open any more. Does nothing the second time. */
        void leave() {
            if (left) {
                return;
            }
            left = true;
            if (source == null) {
                fronts.decrementAndGet();
            } else {
                remove(source);
            }
        }
    }

    public int now() {
        return strangers.get() + fronts.get();
    }

    /** Those of them that come from reverse proxies and from this host. */
    public int fronts() {
        return fronts.get();
    }

    /** Connections that were refused because their source had too many. */
    public long overSource() {
        return overSource.sum();
    }

    /** Connections that were refused because the node had too many. */
    public long overNode() {
        return overNode.sum();
    }

    /** The source that was refused last for having too many, or null. */
    public @Nullable InetAddress busiest() {
        return busiest;
    }

    /** A place for one more connection of an address, or null where there is none. Refusals are counted. */
    @Nullable
    Place enter(InetAddress address, boolean front) {
        if (front) {
            if (fronts.incrementAndGet() > most) {
                fronts.decrementAndGet();
                overNode.increment();
                return null;
            }
            return new Place(null);
        }
        ClientSource source = ClientSource.of(address);
        int held = add(source);
        if (held > MOST_OF_SOURCE) {
            remove(source);
            busiest = address;
            overSource.increment();
            return null;
        }
        if (!fits(held)) {
            remove(source);
            overNode.increment();
            return null;
        }
        return new Place(source);
    }

    /** @param held connections of the source, the new one among them */
    private boolean fits(int held) {
        int named = sources.get();
        int used = strangers.get() - Math.min(named, mostSources);
        return held == 1 ? named <= mostSources || used <= most : used <= most && held <= share(used);
    }

    /** How many a source may hold: all that it ever may until half of the places are taken, then fewer and fewer. */
    private int share(int used) {
        int half = most / 2;
        return used <= half ? MOST_OF_SOURCE : MOST_OF_SOURCE * (most - used) / (most - half);
    }

    private int add(ClientSource source) {
        strangers.incrementAndGet();
        int held = bySource.merge(source, 1, Integer::sum);
        if (held == 1) {
            sources.incrementAndGet();
        }
        return held;
    }

    private void remove(ClientSource source) {
        if (bySource.computeIfPresent(source, (_, held) -> held == 1 ? null : held - 1) == null) {
            sources.decrementAndGet();
        }
        strangers.decrementAndGet();
    }
}
