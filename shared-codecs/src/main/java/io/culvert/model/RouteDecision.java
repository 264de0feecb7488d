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
     */
    record Forward(
            String egressNode,
            String outboundTag,
            Destination target,
            SessionPolicy policy,
            @Nullable LinkGrant link) implements RouteDecision {}

    /** The session ends before anything is dialled. */
    record Refuse(CloseCause cause) implements RouteDecision {}
}
