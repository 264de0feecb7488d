package io.culvert.transport.tls;

import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/**
 * Half-close above TLS: close_notify is the end mark in both directions, the TCP connection stays until both have ended. A
 * peer that sends a FIN without close_notify has ended as well: too many do.
 *
 * <p>Java's own engine answers a close_notify of TLS 1.2 with its own, as RFC 5246 asks for, and can send nothing after that.
 */
final class TlsHalfCloseHandler extends ChannelDuplexHandler {
    static final String NAME = "tls-half-close";

    private @Nullable SslHandler tls;
    private boolean inputEnded;

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        SslHandler current = tls(ctx);
        if (!inputEnded
                && current != null
                && OpenSslHalfClose.appliesTo(current.engine())
                && OpenSslHalfClose.inputEnded(current.engine())) {
            end(ctx);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        switch (event) {
            case SslCloseCompletionEvent close -> closeRead(ctx, close);
            case StreamEnd end when end == StreamEnd.INPUT -> finRead(ctx);
            default -> ctx.fireUserEventTriggered(event);
        }
    }

    /** Without success it says that the connection was cut: that is no end of a stream, and it goes inactive. */
    private void closeRead(ChannelHandlerContext ctx, SslCloseCompletionEvent close) {
        SslHandler current = tls(ctx);
        if (close.isSuccess() && (current == null || !OpenSslHalfClose.appliesTo(current.engine()))) {
            end(ctx);
        }
    }

    private void finRead(ChannelHandlerContext ctx) {
        SslHandler current = tls(ctx);
        if (current != null && !current.handshakeFuture().isDone()) {
            // The handshake cannot be finished any more.
            ctx.close();
        } else {
            end(ctx);
        }
    }

    private void end(ChannelHandlerContext ctx) {
        if (!inputEnded) {
            inputEnded = true;
            ctx.fireUserEventTriggered(StreamEnd.INPUT);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message != StreamEnd.OUTPUT) {
            ctx.write(message, promise);
            return;
        }
        SslHandler current = tls(ctx);
        if (current != null) {
            // An end in the middle of a handshake would abort it.
            current.handshakeFuture().addListener(done -> {
                if (done.isSuccess()) {
                    endOutput(ctx, current);
                }
            });
        }
        promise.trySuccess();
    }

    private static void endOutput(ChannelHandlerContext ctx, SslHandler tls) {
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) flushed -> {
            if (!flushed.isSuccess()) {
                return;
            }
            if (OpenSslHalfClose.appliesTo(tls.engine())) {
                OpenSslHalfClose.endOutput(tls.engine());
                ctx.flush();
            } else {
                tls.closeOutbound();
            }
        });
    }

    private @Nullable SslHandler tls(ChannelHandlerContext ctx) {
        if (tls == null) {
            tls = ctx.pipeline().get(SslHandler.class);
        }
        return tls;
    }
}
