package io.culvert.transport.tls;

import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;

/**
 * Half-close above TLS: close_notify is the end mark in both directions, the TCP connection stays until both have ended. A
 * peer that sends a FIN without close_notify has ended as well: too many do.
 */
final class TlsHalfCloseHandler extends ChannelDuplexHandler {
    static final String NAME = "tls-half-close";

    private boolean inputEnded;

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslCloseCompletionEvent || event == StreamEnd.INPUT) {
            if (!inputEnded) {
                inputEnded = true;
                ctx.fireUserEventTriggered(StreamEnd.INPUT);
            }
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message != StreamEnd.OUTPUT) {
            ctx.write(message, promise);
            return;
        }
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) flushed -> {
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            if (flushed.isSuccess() && tls != null) {
                tls.closeOutbound();
            }
        });
        promise.trySuccess();
    }
}
