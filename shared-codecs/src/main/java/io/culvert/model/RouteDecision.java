package io.culvert.model;

import org.jspecify.annotations.Nullable;

/** A router's answer to a {@link SessionDescriptor}. */
public sealed interface RouteDecision {

    /**
     * The session goes on.
     *
     * @param egressNode the node whose egress opens the destination
     * @param outboundTag the outbound that opens it there
     * @param target the destination, perhaps rewritten
     * @param policy the limits the session runs under
     * @param link how the ingress reaches that node, or null where it is the ingress's own
     * @param config the configuration by which it was decided; null where a router or an egress of an earlier version knows
     *     nothing of it
     */
    record Forward(
            String egressNode,
            String outboundTag,
            Destination target,
            SessionPolicy policy,
            @Nullable LinkGrant link,
            @Nullable ConfigVersion config)
            implements RouteDecision {}

    /** The session ends before anything is dialled. */
    record Refuse(CloseCause cause) implements RouteDecision {}
}
