package io.culvert.transport.h2;

import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2PriorityFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The lowest handler of an HTTP/2 stream: DATA frames below, buffers and {@link StreamEnd} above.
 *
 * <p>END_STREAM is the end of a direction. A server that closes ends its stream and then tells the peer with NO_ERROR that
 * the rest of its request is not needed; a client that closes resets with CANCEL (wire-formats section 14.4). Both are normal
 * ends and not faults:
 *
 * <ul>
 *   <li>a server whose peer cancels has heard everything that there will be: the input has ended;
 *   <li>a client whose peer has ended its stream and resets it loses nothing: the stream stays, as a half-closed one, until
 *       its owner closes it, and what is written meanwhile is dropped.
 * </ul>
 */
final class Http2StreamHandler extends ChannelDuplexHandler {
    static final String NAME = "h2-stream";

    /** How long a server waits for a peer to take what is queued before the end, when the stream is closed. */
    private static final long CLOSE_MILLIS = 1_000;

    private final boolean server;
    private final StreamWindows.Window window;
    private final @Nullable Http2Headers trailers;
    private int read;
    private boolean inputEnded;
    private @Nullable ChannelFuture outputEnd;
    private boolean notNeeded;
    private boolean closing;
    private long resetCode = -1;

    /**
     * @param server whether the peer opened the stream
     * @param trailers what ends the output instead of an empty DATA frame, or null
     */
    Http2StreamHandler(boolean server, StreamWindows.Window window, @Nullable Http2Headers trailers) {
        this.server = server;
        this.window = window;
        this.trailers = trailers;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        switch (message) {
            case Http2DataFrame data -> {
                ByteBuf content = data.content();
                boolean last = data.isEndStream();
                read += content.readableBytes();
                if (content.isReadable() && !inputEnded) {
                    ctx.fireChannelRead(content);
                } else {
                    content.release();
                }
                if (last) {
                    endInput(ctx);
                }
            }
            case Http2HeadersFrame headers -> {
                if (headers.isEndStream()) {
                    endInput(ctx);
                }
            }
            default -> ReferenceCountUtil.release(message);
        }
    }

    /** The peer sends nothing more. */
    void endInput(ChannelHandlerContext ctx) {
        if (!inputEnded) {
            inputEnded = true;
            ctx.fireChannelReadComplete();
            ctx.fireUserEventTriggered(StreamEnd.INPUT);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (read > 0 && ctx.channel() instanceof Http2StreamChannel stream) {
            window.taken(stream.stream().id(), read);
            read = 0;
        }
        ctx.fireChannelReadComplete();
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
        window.giveBack();
        boolean orderly = resetCode == Http2Error.NO_ERROR.code() || resetCode == Http2Error.CANCEL.code();
        if (orderly && server && !closing) {
            endInput(ctx);
        } else if (orderly && inputEnded && outputEnd == null && !closing) {
            notNeeded = true;
            return;
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        window.giveBack();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message == StreamEnd.OUTPUT) {
            endOutput(ctx);
            promise.trySuccess();
        } else if (message instanceof ByteBuf bytes) {
            if (notNeeded) {
                bytes.release();
                promise.trySuccess();
            } else if (outputEnd == null) {
                ctx.write(new DefaultHttp2DataFrame(bytes), promise);
            } else {
                // Behind the end there is only the question when it has left.
                bytes.release();
                outputEnd.addListener(_ -> promise.trySuccess());
            }
        } else {
            ctx.write(message, promise);
        }
    }

    private ChannelFuture endOutput(ChannelHandlerContext ctx) {
        if (outputEnd == null) {
            Http2StreamFrame last = trailers == null
                    ? new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true)
                    : new DefaultHttp2HeadersFrame(trailers, true);
            outputEnd = notNeeded ? ctx.newSucceededFuture() : ctx.write(last);
        }
        return outputEnd;
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
            if (!inputEnded && ctx.channel().isActive()) {
                ctx.write(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR), ctx.voidPromise());
            }
            ctx.close(promise);
        });
    }
}
