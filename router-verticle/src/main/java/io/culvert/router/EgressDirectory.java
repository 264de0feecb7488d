package io.culvert.router;

import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouteQuestion;
import io.culvert.model.ConfigVersion;
import io.culvert.model.NodeRole;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The egresses that a router has heard of lately. An egress that has been silent for three announcements is taken for dead
 * (reliability section 3, design rule 1); one that ingresses could not reach several times is left out for a while, unless
 * that would leave out more than half of them (section 2e).
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
    private final Map<String, EgressRecord> records = new HashMap<>();
    private final List<EgressRecord> candidates = new ArrayList<>();

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
        if (!status.roles().contains(NodeRole.EGRESS)) {
            return;
        }
        long now = nanoClock.getAsLong();
        EgressRecord record = records.get(status.node());
        if (record != null) {
            record.heard(status, now);
            return;
        }
        records.values().removeIf(known -> !isLive(known, now));
        if (records.size() >= MAX_NODES) {
            log.warn("egress {} is not believed: {} are known already", status.node(), MAX_NODES);
            return;
        }
        records.put(status.node(), new EgressRecord(status, now));
        log.info("egress {} is known now; its outbounds: {}", status.node(), shown(status.outboundTags()));
    }

    /** A default outbound needs no tag. */
    private static String shown(Set<String> tags) {
        return tags.stream()
                .sorted()
                .map(tag -> tag.isEmpty() ? "one without a tag" : tag)
                .collect(Collectors.joining(", "));
    }

    /**
     * The egress for a session: the ingress's own node where it serves the outbound, which saves a hop; else, of two drawn
     * at random, the one with fewer sessions for its weight. Those that the question names as failed come last: they are
     * counted, and taken only where no other serves. One that has an earlier configuration than the router, and would let the
     * session wait for it, is left out where others have it.
     *
     * @param config what the router decides by
     * @return its last announcement, or null where no live egress serves the outbound
     */
    @Nullable
    NodeStatus choose(RouteQuestion question, String outboundTag, ConfigVersion config) {
        long now = nanoClock.getAsLong();
        String ingressNode = question.session().ingressNode();
        List<String> failed = question.failedEgresses();
        if (!failed.isEmpty()) {
            reported(failed.getLast(), now);
        }
        EgressRecord own = records.get(ingressNode);
        if (own != null
                && !failed.contains(ingressNode)
                && !isBehind(own, config)
                && serves(own, ingressNode, outboundTag, now)) {
            own.sent();
            return own.status();
        }
        collect(ingressNode, outboundTag, failed, config, now);
        if (candidates.isEmpty()) {
            // A node that is being left still serves the clients that it has let in, where nobody else does.
            return own != null && !failed.contains(ingressNode) && opens(own, outboundTag, now) ? own.status() : null;
        }
        EgressRecord chosen = own != null && candidates.contains(own) ? own : drawTwo(now);
        chosen.sent();
        return chosen.status();
    }

    /** Whether a live egress runs an earlier configuration: it has not said yet what it serves of this one. */
    boolean awaits(long epoch) {
        long now = nanoClock.getAsLong();
        for (EgressRecord record : records.values()) {
            NodeStatus status = record.status();
            if (status.epoch() < epoch && !status.draining() && status.compatible() && isLive(record, now)) {
                return true;
            }
        }
        return false;
    }

    private void collect(String ingressNode, String outboundTag, List<String> failed, ConfigVersion config, long now) {
        candidates.clear();
        for (EgressRecord record : records.values()) {
            if (serves(record, ingressNode, outboundTag, now)
                    && !failed.contains(record.status().node())) {
                candidates.add(record);
            }
        }
        // Left out is what others can do without; where nobody else serves, it is tried.
        if (candidates.stream().anyMatch(record -> !record.isEjected(now))) {
            candidates.removeIf(record -> record.isEjected(now));
        }
        if (candidates.stream().anyMatch(record -> !isBehind(record, config))) {
            candidates.removeIf(record -> isBehind(record, config));
        }
    }

    /** The egress of the router's own node takes a configuration together with the router, and says so a moment later. */
    private boolean isBehind(EgressRecord record, ConfigVersion config) {
        return config.wins(record.status().config()) && !record.status().node().equals(ownNode);
    }

    private void reported(String node, long now) {
        EgressRecord record = records.get(node);
        if (record == null || !record.failed(now)) {
            return;
        }
        int live = 0;
        int ejected = 0;
        for (EgressRecord known : records.values()) {
            if (isLive(known, now)) {
                live++;
                ejected += known.isEjected(now) ? 1 : 0;
            }
        }
        if (2 * (ejected + 1) > live) {
            log.warn("egress {} fails, but it is not left out: too many are already", node);
            return;
        }
        record.eject(now);
        log.warn("egress {} is left out for a while: sessions could not reach it", node);
    }

    private EgressRecord drawTwo(long now) {
        int first = random.nextInt(candidates.size());
        EgressRecord one = candidates.get(first);
        if (candidates.size() == 1) {
            return one;
        }
        int second = (first + 1 + random.nextInt(candidates.size() - 1)) % candidates.size();
        EgressRecord other = candidates.get(second);
        return other.load(now) < one.load(now) ? other : one;
    }

    private boolean serves(EgressRecord record, String ingressNode, String outboundTag, long now) {
        NodeStatus status = record.status();
        return !status.draining()
                && (status.link() != null || status.node().equals(ingressNode))
                && opens(record, outboundTag, now);
    }

    private boolean opens(EgressRecord record, String outboundTag, long now) {
        NodeStatus status = record.status();
        return status.compatible() && status.outboundTags().contains(outboundTag) && isLive(record, now);
    }

    /** The egress of the router's own node lives as long as the router: after a pause both are late together. */
    private boolean isLive(EgressRecord record, long now) {
        return now - record.heardAt() <= FRESH_NANOS || record.status().node().equals(ownNode);
    }
}
