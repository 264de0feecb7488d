package io.culvert.transport.link;

import io.culvert.bus.ControlFormats;
import io.culvert.bus.LinkOrder;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * What the two ends of a link say to each other, behind {@link #PREFACE}, which the ingress sends first. A frame is a head of
 * {@link #HEAD} bytes and what belongs to it; numbers are big-endian:
 *
 * <pre>
 * length u24 | type u8 | stream u32 | length bytes
 *
 * 0 DATA     payload of a session
 * 1 END      this direction ends
 * 2 ORDER    a {@link LinkOrder}: opens the stream; ingress only, numbers of streams rise
 * 3 OPENED   the destination stands; egress only, before any DATA of its
 * 4 REFUSED  cause u8, detail: why not, and the end of the stream; egress only
 * 5 RESET    cause u8: the stream ends before both directions have
 * 6 WINDOW   bytes u32: what may be sent in addition
 * 7 PING, 8 PONG, 9 LEAVING   of the connection, stream 0: the last opens no streams any more, or takes none
 * </pre>
 */
final class LinkFrames {
    static final int HEAD = 8;

    static final int DATA = 0;
    static final int END = 1;
    static final int ORDER = 2;
    static final int OPENED = 3;
    static final int REFUSED = 4;
    static final int RESET = 5;
    static final int WINDOW = 6;
    static final int PING = 7;
    static final int PONG = 8;
    static final int LEAVING = 9;

    /** "culvert", and the version of what follows. */
    static final long PREFACE = 0x63756c7665727402L;

    private static final int MAX_DETAIL = 200;

    private LinkFrames() {}

    /** The head of a frame, as one number. */
    static long head(int type, int stream, int length) {
        return ((long) length << 40) | ((long) type << 32) | (stream & 0xffff_ffffL);
    }

    static int lengthOf(long head) {
        return (int) (head >>> 40);
    }

    static int typeOf(long head) {
        return (int) (head >>> 32) & 0xff;
    }

    static int streamOf(long head) {
        return (int) head;
    }

    static ByteBuf preface() {
        return Unpooled.copyLong(PREFACE);
    }

    /** A frame that is a head only. */
    static ByteBuf bare(ByteBufAllocator alloc, int type, int stream) {
        return alloc.directBuffer(HEAD).writeLong(head(type, stream, 0));
    }

    static ByteBuf order(ByteBufAllocator alloc, int stream, ByteBuf order) {
        int length = order.readableBytes();
        return alloc.directBuffer(HEAD + length)
                .writeLong(head(ORDER, stream, length))
                .writeBytes(order, order.readerIndex(), length);
    }

    static ByteBuf refused(ByteBufAllocator alloc, int stream, SessionFailure why) {
        String detail = printable(why.getMessage() == null ? "" : why.getMessage());
        ByteBuf frame = alloc.directBuffer(HEAD + 1 + detail.length())
                .writeLong(head(REFUSED, stream, 1 + detail.length()))
                .writeByte(why.closeCause().code());
        ByteBufUtil.writeAscii(frame, detail);
        return frame;
    }

    static ByteBuf reset(ByteBufAllocator alloc, int stream, CloseCause cause) {
        return alloc.directBuffer(HEAD + 1).writeLong(head(RESET, stream, 1)).writeByte(cause.code());
    }

    static ByteBuf window(ByteBufAllocator alloc, int stream, int bytes) {
        return alloc.directBuffer(HEAD + 4).writeLong(head(WINDOW, stream, 4)).writeInt(bytes);
    }

    /** What an ORDER says; the buffer stays the caller's. */
    static Decoded<LinkOrder> orderOf(ByteBuf payload) {
        return ControlFormats.LINK_ORDER.decode(ByteBufUtil.getBytes(payload));
    }

    /** The cause that a REFUSED or a RESET begins with. */
    static CloseCause causeOf(ByteBuf payload) {
        return payload.isReadable() ? CloseCause.ofCode(payload.readUnsignedByte()) : CloseCause.INTERNAL;
    }

    /** What a REFUSED says. */
    static SessionFailure refusalOf(ByteBuf payload) {
        CloseCause cause = causeOf(payload);
        return new SessionFailure(cause, "egress: " + printable(payload.toString(StandardCharsets.US_ASCII)));
    }

    /** For the wire and for logs: short, and nothing but printable ASCII. */
    private static String printable(String text) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), MAX_DETAIL));
        for (int i = 0; i < text.length() && i < MAX_DETAIL; i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return out.toString().strip();
    }
}
