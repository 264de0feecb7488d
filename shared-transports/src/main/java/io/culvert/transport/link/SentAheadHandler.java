package io.culvert.transport.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * What of a client's first bytes may leave before an egress has answered, and the handler that keeps them from leaving again.
 *
 * <p>The egress holds them until it has dialled, so one that answers with a refusal has passed nothing on, and another may be asked.
 * One that goes away or falls silent may have. Then another is asked only where what has left may be said twice, which is the
 * ClientHello of a TLS client: its server answers it and does nothing else. So it is sent alone where there is one; what lies behind
 * it in the same read (RFC 8446 early data) waits for the answer.
 */
final class SentAheadHandler extends ChannelOutboundHandlerAdapter {
    static final String NAME = "sent-ahead";

    private static final int HANDSHAKE = 22;
    private static final int MAJOR_VERSION = 3;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEAD = 5;
    private static final int LENGTH_AT = 3;

    private int left;

    /** @param bytes how many bytes of what is written have left already */
    SentAheadHandler(int bytes) {
        left = bytes;
    }

    /** How many bytes at the beginning of what a client says are sent ahead. */
    static int most(ByteBuf first) {
        int hello = repeatable(first);
        return hello > 0 ? hello : Math.min(first.readableBytes(), LinkLimits.SENT_AHEAD);
    }

    /** How many of them may be sent twice. */
    static int repeatable(ByteBuf first) {
        int at = first.readerIndex();
        boolean hello = first.readableBytes() > RECORD_HEAD
                && first.getByte(at) == HANDSHAKE
                && first.getByte(at + 1) == MAJOR_VERSION
                && first.getByte(at + RECORD_HEAD) == CLIENT_HELLO;
        int record = hello ? RECORD_HEAD + first.getUnsignedShort(at + LENGTH_AT) : 0;
        return Math.min(Math.min(record, first.readableBytes()), LinkLimits.SENT_AHEAD);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof ByteBuf bytes) || left == 0) {
            ctx.write(message, promise);
            return;
        }
        int drop = Math.min(left, bytes.readableBytes());
        left -= drop;
        bytes.skipBytes(drop);
        if (bytes.isReadable()) {
            ctx.write(bytes, promise);
        } else {
            bytes.release();
            promise.trySuccess();
        }
        if (left == 0) {
            ctx.pipeline().remove(this);
        }
    }
}
