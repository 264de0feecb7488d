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
 * @param config the configuration whose outbound is meant: that of the router which decided. Null where a node of an earlier
 *     version had its hand in it; then it is the present one
 */
public record DialOrder(
        SessionDescriptor session,
        String egressNode,
        String outboundTag,
        Destination target,
        SessionPolicy policy,
        @Nullable LinkGrant link,
        @Nullable ConfigVersion config) {}
