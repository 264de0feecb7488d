package io.culvert.transport;

import io.culvert.model.DialOrder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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

    /**
     * {@link #open(DialOrder, EventLoop)} for a client that may have spoken already.
     *
     * @param first what it has said so far, as far as that is known, or null; looked at on {@code loop}, and not consumed: all of it
     *     is written to the channel as well. An implementation may send it ahead where it does no harm to send it twice, and then
     *     drops that much of what is written
     */
    default Future<Channel> open(DialOrder order, EventLoop loop, Supplier<@Nullable ByteBuf> first) {
        return open(order, loop);
    }
}
