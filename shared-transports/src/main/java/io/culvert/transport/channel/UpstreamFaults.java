package io.culvert.transport.channel;

import io.culvert.model.CloseCause;
import io.netty.channel.ChannelHandlerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a proxy server does wrong on a stream that counts as open already, because its first bytes leave before the answer. The
 * relay is told the cause, which has no words; they are said here, with the server.
 */
public final class UpstreamFaults {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamFaults.class);

    private UpstreamFaults() {}

    /**
     * Says it, and tells the relay behind {@code ctx} that the upstream's handshake has failed. A channel that this side has closed
     * is no fault of the server's.
     */
    public static void tell(ChannelHandlerContext ctx, String why) {
        if (ctx.channel().isOpen()) {
            String server = Channels.serverOf(ctx.channel());
            LOG.warn("{}: {}", server == null ? ctx.channel().remoteAddress() : server, why);
        }
        ctx.fireUserEventTriggered(CloseCause.UPSTREAM_HANDSHAKE_FAILED);
    }
}
