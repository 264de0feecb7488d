package io.culvert.bus;

import io.culvert.model.ConfigVersion;
import io.culvert.model.NodeRole;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a node says of itself to all others, about once per second (reliability section 3, design rule 1).
 *
 * @param node the node's id: its name, a dot, and what tells this start from earlier ones
 * @param config which configuration it runs
 * @param roles what it does
 * @param outboundTags the outbounds its egress can open, the empty tag standing for an untagged default outbound; none where
 *     it has no such role
 * @param sessions how many sessions it carries now, 0 or more
 * @param load how busy its process is, 0 to 100 percent of the machine's processors
 * @param weight how many sessions it takes in comparison with others, 1 to {@value #MAX_WEIGHT}
 * @param draining whether it takes no new sessions
 * @param drainSeconds how long those that it has may go on at the most, 0 to {@value #MAX_DRAIN_SECONDS}; 0 where it does not
 *     drain
 * @param link where its egress listens for other nodes, or null where it does not
 * @param closed what the node listens on for the farm itself, and no session may be sent to; at most {@value #MAX_CLOSED}
 * @param protocolVersion the version of the control path that it speaks, 1 to 255
 * @param overruled the epoch of a configuration that was applied here and has given way to another's, until the next is
 *     applied; 0 for none
 */
public record NodeStatus(
        String node,
        ConfigVersion config,
        Set<NodeRole> roles,
        Set<String> outboundTags,
        int sessions,
        int load,
        int weight,
        boolean draining,
        int drainSeconds,
        @Nullable InetSocketAddress link,
        Set<InetSocketAddress> closed,
        int protocolVersion,
        long overruled) {

    /** The version of the control path that this build speaks. */
    public static final int PROTOCOL_VERSION = 2;

    /** The first version in which orders, and the tickets for them, say which configuration's outbound is meant. */
    public static final int ORDERS_WITH_CONFIG = 2;

    /** The weight of a node whose configuration does not say. */
    public static final int USUAL_WEIGHT = 100;

    /** How many addresses of its own a node may name. */
    public static final int MAX_CLOSED = 16;

    /** The most that a node may weigh. */
    public static final int MAX_WEIGHT = 1_000;

    /** The longest drain that can be told of, in seconds: a day. */
    public static final int MAX_DRAIN_SECONDS = 86_400;

    /** Of a node whose configuration is that of its start, or of which no more than its epoch is to be said. */
    public NodeStatus(
            String node,
            long epoch,
            Set<NodeRole> roles,
            Set<String> outboundTags,
            int sessions,
            int load,
            int weight,
            boolean draining,
            @Nullable InetSocketAddress link,
            Set<InetSocketAddress> closed,
            int protocolVersion) {
        this(
                node,
                ConfigVersion.of(epoch),
                roles,
                outboundTags,
                sessions,
                load,
                weight,
                draining,
                0,
                link,
                closed,
                protocolVersion,
                0);
    }

    /** Of a node that does nothing yet, but is there: what it has no roles for, nobody waits for. */
    public static NodeStatus starting(String node, Set<InetSocketAddress> closed) {
        return new NodeStatus(node, 1, Set.of(), Set.of(), 0, 0, USUAL_WEIGHT, false, null, closed, PROTOCOL_VERSION);
    }

    public NodeStatus {
        if (drainSeconds < 0 || drainSeconds > MAX_DRAIN_SECONDS) {
            throw new IllegalArgumentException("drain of " + drainSeconds + " s");
        }
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("weight: " + weight + " (expected: 1 to " + MAX_WEIGHT + ")");
        }
        if (sessions < 0 || load < 0 || load > 100 || protocolVersion < 1 || protocolVersion > 255) {
            throw new IllegalArgumentException("sessions: " + sessions + ", load: " + load + ", protocol version: "
                    + protocolVersion + " (expected: at least 0, 0 to 100, and 1 to 255)");
        }
        if (closed.size() > MAX_CLOSED) {
            throw new IllegalArgumentException("more than " + MAX_CLOSED + " addresses");
        }
        closed = Set.copyOf(closed);
        roles = Set.copyOf(roles);
        outboundTags = Set.copyOf(outboundTags);
    }

    /** The epoch of the configuration it runs. */
    public long epoch() {
        return config.epoch();
    }

    /** Whether it serves nothing yet. */
    public boolean isStarting() {
        return roles.isEmpty();
    }

    /** The name that the operator knows the node by. */
    public String name() {
        return nameOf(node);
    }

    /** The name in a node's id. */
    public static String nameOf(String node) {
        int dot = node.lastIndexOf('.');
        return dot < 0 ? node : node.substring(0, dot);
    }

    /** Whether this build can send it sessions: neighbouring versions understand each other (reliability section 3). */
    public boolean compatible() {
        return Math.abs(protocolVersion - PROTOCOL_VERSION) <= 1;
    }

    /** The last word of a node that goes: the same, serving nothing any more. */
    public NodeStatus drained() {
        return new NodeStatus(
                node,
                config,
                roles,
                Set.of(),
                sessions,
                load,
                weight,
                true,
                drainSeconds,
                link,
                closed,
                protocolVersion,
                overruled);
    }
}
