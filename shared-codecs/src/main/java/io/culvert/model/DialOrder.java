package io.culvert.model;

import org.jspecify.annotations.Nullable;

/**
 * What an egress is asked to open.
 *
 * @param session the session it is for
 * @param egressNode the node whose egress it is
 * @param outboundTag the outbound to use
 * @param target the destination, as the router left it
 * @param policy the limits the session runs under
 * @param link how that node is reached, or null where the egress is on the same node
 */
public record DialOrder(
        SessionDescriptor session,
        String egressNode,
        String outboundTag,
        Destination target,
        SessionPolicy policy,
        @Nullable LinkGrant link) {}
