package io.culvert.benchmarks.link;

import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.StreamEnd;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslCloseCompletionEvent;

/** Ends of a session on a TLS socket of its own. Without half-close: nothing that is measured needs it. */
final class WarmEnds extends ChannelDuplexHandler {
    private boolean ended;

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslCloseCompletionEvent) {
            if (!ended) {
                ended = true;
                ctx.fireUserEventTriggered(StreamEnd.INPUT);
            }
        } else if (event == StreamEnd.INPUT) {
            ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message == StreamEnd.OUTPUT) {
            promise.trySuccess();
            Channels.closeGently(ctx.channel());
        } else {
            ctx.write(message, promise);
        }
    }
}
