package io.culvert.transport.httpupgrade;

import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.UpstreamFaults;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.PendingWriteQueue;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Delays a client's handshake until its first flush, whose first bytes go into the request (wire-formats section 14.3); the
 * rest waits for the answer, and counts as queued meanwhile.
 */
final class EarlyDataHandler extends ChannelOutboundHandlerAdapter {
    static final String NAME = "early-data";

    private final int limit;
    private final Request request;
    private final Promise<Void> upgraded;
    private @Nullable ByteBuf early;
    private @Nullable PendingWriteQueue waiting;
    private boolean requested;

    /** What sends the request. */
    interface Request {
        /** @param earlyData at least one byte, or null for none; stays the caller's */
        void send(@Nullable ByteBuf earlyData);
    }

    /**
     * @param limit the most early bytes
     * @param upgraded completes with the server's answer
     */
    EarlyDataHandler(int limit, Request request, Promise<Void> upgraded) {
        this.limit = limit;
        this.request = request;
        this.upgraded = upgraded;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        waiting = new PendingWriteQueue(ctx);
        upgraded.addListener((Future<Void> answered) -> answered(ctx, answered));
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!requested && message instanceof ByteBuf bytes) {
            ByteBuf first = early == null ? ctx.alloc().buffer() : early;
            early = first;
            first.writeBytes(bytes, Math.min(limit - first.readableBytes(), bytes.readableBytes()));
            if (!bytes.isReadable()) {
                bytes.release();
                promise.trySuccess();
                return;
            }
        }
        if (waiting == null) {
            ctx.write(message, promise);
        } else {
            waiting.add(message, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        if (requested) {
            ctx.flush();
            return;
        }
        if (early == null && (waiting == null || waiting.isEmpty())) {
            return; // nothing has been said yet
        }
        requested = true;
        request.send(early != null && early.isReadable() ? early : null);
        releaseEarly();
    }

    private void answered(ChannelHandlerContext ctx, Future<Void> answered) {
        if (ctx.isRemoved()) {
            return;
        }
        if (answered.isSuccess()) {
            writeAll(ctx);
            ctx.pipeline().remove(this);
        } else {
            UpstreamFaults.tell(ctx, String.valueOf(answered.cause().getMessage()));
            Channels.abort(ctx.channel());
        }
    }

    private void writeAll(ChannelHandlerContext ctx) {
        PendingWriteQueue queue = waiting;
        waiting = null;
        while (queue != null && !queue.isEmpty()) {
            queue.removeAndWrite();
        }
        ctx.flush();
    }

    private void releaseEarly() {
        if (early != null) {
            early.release();
            early = null;
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        releaseEarly();
        if (waiting != null) {
            waiting.removeAndFailAll(new ClosedChannelException());
        }
    }
}
