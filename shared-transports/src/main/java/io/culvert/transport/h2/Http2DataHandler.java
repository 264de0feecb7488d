package io.culvert.transport.h2;

import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The lowest handler of an HTTP/2 stream: DATA frames below, buffers and {@link StreamEnd} above. END_STREAM is the end of a
 * direction; what else can end a stream is for those who know what it carries.
 */
abstract class Http2DataHandler extends ChannelDuplexHandler {
    private final StreamWindows.Window window;
    private @Nullable ChannelFuture outputEnd;
    private int read;
    private boolean inputEnded;

    /** @param window what the peer may send before it has been taken */
    protected Http2DataHandler(StreamWindows.Window window) {
        this.window = window;
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
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
    protected final void endInput(ChannelHandlerContext ctx) {
        if (!inputEnded) {
            inputEnded = true;
            ctx.fireChannelReadComplete();
            ctx.fireUserEventTriggered(StreamEnd.INPUT);
        }
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
        if (read > 0 && ctx.channel() instanceof Http2StreamChannel stream) {
            window.taken(stream.stream().id(), read);
            read = 0;
        }
        ctx.fireChannelReadComplete();
    }

    /** The stream is gone: its share of the windows of all streams goes to others. */
    protected final void giveBackWindow() {
        window.giveBack();
    }

    @Override
    public final void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message == StreamEnd.OUTPUT) {
            endOutput(ctx);
            promise.trySuccess();
        } else if (message instanceof ByteBuf bytes) {
            if (isUnheard()) {
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

    /** Ends the output behind what is queued, once. */
    protected final ChannelFuture endOutput(ChannelHandlerContext ctx) {
        if (outputEnd == null) {
            outputEnd = isUnheard() ? ctx.newSucceededFuture() : ctx.write(lastFrame());
        }
        return outputEnd;
    }

    /** Whether the stream is gone below and what is written is dropped, without that being a fault. */
    protected boolean isUnheard() {
        return false;
    }

    /** What ends the output. */
    protected Http2StreamFrame lastFrame() {
        return new DefaultHttp2DataFrame(Unpooled.EMPTY_BUFFER, true);
    }

    protected final boolean inputHasEnded() {
        return inputEnded;
    }

    protected final boolean outputHasEnded() {
        return outputEnd != null;
    }
}
