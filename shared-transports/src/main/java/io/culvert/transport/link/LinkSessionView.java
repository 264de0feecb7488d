package io.culvert.transport.link;

import io.culvert.model.Destination;

/**
 * A session of another node's ingress, as the operator sees it at the egress.
 *
 * @param id the session's id
 * @param ingressNode the node that holds its client
 * @param target the destination, as the router left it
 * @param outboundTag the outbound that opened it
 * @param open whether the destination has been opened
 * @param uplinkBytes payload from the client so far
 * @param downlinkBytes payload to the client so far
 */
public record LinkSessionView(
        long id,
        String ingressNode,
        Destination target,
        String outboundTag,
        boolean open,
        long uplinkBytes,
        long downlinkBytes) {}
