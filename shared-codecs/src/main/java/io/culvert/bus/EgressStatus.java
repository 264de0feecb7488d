package io.culvert.bus;

import java.util.Set;

/**
 * What an egress says of itself to all routers, about once per second (reliability section 3, design rule 1).
 *
 * @param node the egress node
 * @param epoch the epoch of the configuration it runs
 * @param outboundTags the outbounds it can open; the empty tag stands for an untagged default outbound
 * @param sessions how many sessions it carries now, 0 or more
 * @param draining whether it takes no new sessions
 * @param protocolVersion the version of the control path that it speaks, 1 to 255
 */
public record EgressStatus(
        String node, long epoch, Set<String> outboundTags, int sessions, boolean draining, int protocolVersion) {

    /** The version of the control path that this build speaks. */
    public static final int PROTOCOL_VERSION = 1;

    public EgressStatus {
        if (sessions < 0 || protocolVersion < 1 || protocolVersion > 255) {
            throw new IllegalArgumentException("sessions: " + sessions + ", protocol version: " + protocolVersion
                    + " (expected: at least 0, and 1 to 255)");
        }
        outboundTags = Set.copyOf(outboundTags);
    }

    /** Whether this build can send it sessions: neighbouring versions understand each other (reliability section 3). */
    public boolean compatible() {
        return Math.abs(protocolVersion - PROTOCOL_VERSION) <= 1;
    }

    /** The same, taking no new sessions. */
    public EgressStatus drained() {
        return new EgressStatus(node, epoch, outboundTags, sessions, true, protocolVersion);
    }
}
