package io.culvert.transport.h2;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2PriorityFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What ends a stream of the HTTP/2 and gRPC transports. A server that closes ends its stream and then tells the peer with NO_ERROR that
 * the rest of its request is not needed; a client that closes resets with CANCEL (wire-formats section 14.4). Both are normal
 * ends and not faults:
 *
 * <ul>
 *   <li>a server whose peer cancels has heard everything that there will be: the input has ended;
 *   <li>a client whose peer has ended its stream and resets it loses nothing: the stream stays, as a half-closed one, until
 *       its owner closes it, and what is written meanwhile is dropped.
 * </ul>
 */
final class Http2StreamHandler extends Http2DataHandler {
    static final String NAME = "h2-stream";

    /** How long a server waits for a peer to take what is queued before the end, when the stream is closed. */
    private static final long CLOSE_MILLIS = 1_000;

    private final boolean server;
    private final @Nullable Http2Headers trailers;
    private boolean notNeeded;
    private boolean closing;
    private long resetCode = -1;

    /**
     * @param server whether the peer opened the stream
     * @param trailers what ends the output instead of an empty DATA frame, or null
     */
    Http2StreamHandler(boolean server, StreamWindows.Window window, @Nullable Http2Headers trailers) {
        super(window);
        this.server = server;
        this.trailers = trailers;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        switch (event) {
            case Http2ResetFrame reset -> resetCode = reset.errorCode();
            case Http2GoAwayFrame goAway -> {
                // The peer will never look at this stream; its end follows.
                goAway.release();
            }
            case Http2PriorityFrame _, SslCloseCompletionEvent _ -> {}
            default -> ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        giveBackWindow();
        boolean orderly = resetCode == Http2Error.NO_ERROR.code() || resetCode == Http2Error.CANCEL.code();
        if (orderly && server && !closing) {
            endInput(ctx);
        } else if (orderly && inputHasEnded() && !outputHasEnded() && !closing) {
            notNeeded = true;
            return;
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        giveBackWindow();
    }

    @Override
    protected boolean isUnheard() {
        return notNeeded;
    }

    @Override
    protected Http2StreamFrame lastFrame() {
        return trailers == null ? super.lastFrame() : new DefaultHttp2HeadersFrame(trailers, true);
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (closing || !server || !ctx.channel().isActive()) {
            ctx.close(promise);
            closing = true;
            return;
        }
        closing = true;
        ChannelFuture end = endOutput(ctx);
        ctx.flush();
        if (!end.isDone()) {
            ctx.executor().schedule(() -> ctx.close(), CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        }
        end.addListener(_ -> {
            if (!inputHasEnded() && ctx.channel().isActive()) {
                ctx.write(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR), ctx.voidPromise());
            }
            ctx.close(promise);
        });
    }
}
