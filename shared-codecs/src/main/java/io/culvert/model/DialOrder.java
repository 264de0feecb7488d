package io.culvert.model;

/**
 * What an egress is asked to open.
 *
 * @param session the session it is for
 * @param outboundTag the outbound to use
 * @param target the destination, as the router left it
 * @param policy the limits the session runs under
 */
public record DialOrder(SessionDescriptor session, String outboundTag, Destination target, SessionPolicy policy) {}
