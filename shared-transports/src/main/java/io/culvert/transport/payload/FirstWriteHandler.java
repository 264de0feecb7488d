package io.culvert.transport.payload;

import io.culvert.transport.channel.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends a header together with the first payload, as one segment where the transport allows; and alone when no payload comes
 * for a while, so that a peer which speaks first is heard (wire-formats section 2.5).
 */
public final class FirstWriteHandler extends ChannelOutboundHandlerAdapter {
    /** How long a client's header waits for payload. */
    public static final long CLIENT_WAIT_MILLIS = 100;
    /** A server's header waits for the first answer, however long it takes. */
    public static final long SERVER_WAIT = 0;

    private final ByteBuf header;
    private final long waitMillis;
    private @Nullable Future<?> timer;
    private boolean sent;

    /**
     * @param header taken over
     * @param waitMillis after this long the header goes alone; {@link #SERVER_WAIT} for never
     */
    public FirstWriteHandler(ByteBuf header, long waitMillis) {
        this.header = header;
        this.waitMillis = waitMillis;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (waitMillis > 0) {
            timer = ctx.executor().schedule(() -> sendAlone(ctx), waitMillis, TimeUnit.MILLISECONDS);
        }
    }

    private void sendAlone(ChannelHandlerContext ctx) {
        if (!sent && !ctx.isRemoved()) {
            sendHeader(ctx);
            ctx.flush();
            ctx.pipeline().remove(this);
        }
    }

    private void sendHeader(ChannelHandlerContext ctx) {
        sent = true;
        ctx.write(header, ctx.voidPromise());
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!sent && (isPayload(message) || message == StreamEnd.OUTPUT)) {
            sendHeader(ctx);
        }
        ctx.write(message, promise);
        if (sent && !ctx.isRemoved()) {
            ctx.pipeline().remove(this);
        }
    }

    /** An empty buffer only marks a place in the queue: whoever closes without an answer sends no header either. */
    private static boolean isPayload(Object message) {
        return message instanceof ByteBuf bytes && bytes.isReadable();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        Future<?> pending = timer;
        if (pending != null) {
            pending.cancel(false);
        }
        if (!sent) {
            sent = true;
            header.release();
        }
    }
}
