package io.culvert.transport.channel;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;

/**
 * The lowest handler of a channel that tells its peer of a failure in a way of its own, and why: {@link Channels#abort} asks it,
 * and {@link Channels#reasonOf} says what is known of the reason.
 */
public interface AbortHandler extends ChannelHandler {

    /** Ends the channel at once so that its peer sees a failure and not an end; what is queued is lost. */
    void abort(ChannelHandlerContext ctx);
}
