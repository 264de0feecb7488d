package io.culvert.model;

/** A router's answer to a {@link SessionDescriptor}. */
public sealed interface RouteDecision {

    /**
     * The session goes on.
     *
     * @param egressNode the node whose egress opens the destination
     * @param outboundTag the outbound that opens it there
     * @param target the destination, perhaps rewritten
     * @param policy the limits the session runs under
     */
    record Forward(String egressNode, String outboundTag, Destination target, SessionPolicy policy)
            implements RouteDecision {}

    /** The session ends before anything is dialled. */
    record Refuse(CloseCause cause) implements RouteDecision {}
}
