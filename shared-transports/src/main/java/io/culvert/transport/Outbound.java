package io.culvert.transport;

import io.culvert.model.DialOrder;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

/**
 * Opens the destination of a session. The ingress calls it for the egress of its own node, and the node link for another
 * node's, with the same words.
 */
public interface Outbound {

    /**
     * Opens a destination.
     *
     * <p>The channel is active, registered with {@code loop}, and its {@code autoRead} is off. It speaks the terms of
     * {@link io.culvert.transport.channel.StreamEnd}: {@code ByteBuf}s in and out, the end of its input as the user event
     * {@code StreamEnd.INPUT}, the end of its output by writing {@code StreamEnd.OUTPUT}. For a session of network UDP each
     * {@code ByteBuf} is one datagram. Nothing has been written to it on behalf of the client.
     *
     * @param order what to open
     * @param loop the event loop of the session; called on it
     * @return completes on {@code loop}; fails with {@link io.culvert.model.SessionFailure}
     */
    Future<Channel> open(DialOrder order, EventLoop loop);
}
