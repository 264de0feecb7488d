package io.culvert.router;

import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The egresses that a router has heard of lately. An egress that has been silent for three announcements is taken for dead
 * (reliability section 3, design rule 1).
 *
 * <p>Confined to its verticle's context.
 */
final class EgressDirectory {
    private static final Logger log = LoggerFactory.getLogger(EgressDirectory.class);

    /** How long an egress of another node is believed to live after its last announcement. */
    static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(3 * NodeAnnouncements.PERIOD_MILLIS);

    /** How many egresses are remembered; a new one beyond that is not believed. */
    static final int MAX_NODES = 1_000;

    private final String ownNode;
    private final LongSupplier nanoClock;
    private final RandomGenerator random;
    private final Map<String, Entry> entries = new HashMap<>();
    private final List<Entry> candidates = new ArrayList<>();

    /**
     * @param ownNode the router's node
     * @param nanoClock a monotonic clock in nanoseconds
     */
    EgressDirectory(String ownNode, LongSupplier nanoClock, RandomGenerator random) {
        this.ownNode = ownNode;
        this.nanoClock = nanoClock;
        this.random = random;
    }

    /** Takes note of an announcement. */
    void heard(NodeStatus status) {
        long now = nanoClock.getAsLong();
        Entry entry = entries.get(status.node());
        if (entry == null) {
            entries.values().removeIf(known -> !isLive(known, now));
            if (entries.size() >= MAX_NODES) {
                log.warn("egress {} is not believed: {} are known already", status.node(), MAX_NODES);
                return;
            }
            entries.put(status.node(), new Entry(status, now));
            log.info("egress {} is known now, with the outbounds {}", status.node(), status.outboundTags());
        } else {
            entry.status = status;
            entry.heardAt = now;
            entry.sentSince = 0;
        }
    }

    /**
     * The egress for a session: the ingress's own node where it serves the outbound, which saves a hop; else, of two drawn
     * at random, the one with fewer sessions.
     *
     * @return its node, or null where no live egress serves the outbound
     */
    @Nullable
    String choose(String ingressNode, String outboundTag) {
        long now = nanoClock.getAsLong();
        Entry own = entries.get(ingressNode);
        if (own != null && serves(own, outboundTag, now)) {
            own.sentSince++;
            return ingressNode;
        }
        candidates.clear();
        for (Entry entry : entries.values()) {
            if (serves(entry, outboundTag, now)) {
                candidates.add(entry);
            }
        }
        if (candidates.isEmpty()) {
            return null;
        }
        Entry chosen = drawTwo();
        chosen.sentSince++;
        return chosen.status.node();
    }

    private Entry drawTwo() {
        int first = random.nextInt(candidates.size());
        Entry one = candidates.get(first);
        if (candidates.size() == 1) {
            return one;
        }
        int second = (first + 1 + random.nextInt(candidates.size() - 1)) % candidates.size();
        Entry other = candidates.get(second);
        return other.load() < one.load() ? other : one;
    }

    private boolean serves(Entry entry, String outboundTag, long now) {
        NodeStatus status = entry.status;
        return !status.draining()
                && status.compatible()
                && status.outboundTags().contains(outboundTag)
                && isLive(entry, now);
    }

    /** The egress of the router's own node lives as long as the router: after a pause both are late together. */
    private boolean isLive(Entry entry, long now) {
        return now - entry.heardAt <= FRESH_NANOS || entry.status.node().equals(ownNode);
    }

    private static final class Entry {
        private NodeStatus status;
        private long heardAt;
        /** Sessions sent there since it last counted its own. */
        private long sentSince;

        Entry(NodeStatus status, long heardAt) {
            this.status = status;
            this.heardAt = heardAt;
        }

        long load() {
            return status.sessions() + sentSince;
        }
    }
}
