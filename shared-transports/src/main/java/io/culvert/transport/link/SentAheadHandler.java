package io.culvert.transport.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * What of a client's first bytes may leave before an egress has answered, and the handler that keeps them from leaving again.
 *
 * <p>An egress that falls silent may have passed them on, and another one is sent them once more. So only the ClientHello of a TLS
 * client is sent ahead: its server answers it and does nothing else. What lies behind it in the same read (RFC 8446 early data) waits
 * for the answer, as all bytes of other protocols do.
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

    /** How many bytes at the beginning of what a client says may be sent twice. */
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
