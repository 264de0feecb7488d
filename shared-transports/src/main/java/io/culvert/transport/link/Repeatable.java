package io.culvert.transport.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What of a client's first bytes may reach its destination twice. An egress that falls silent may have passed them on, and another
 * one is sent them once more; so these are only the bytes that a server answers and does nothing else about:
 *
 * <ul>
 *   <li>the ClientHello of TLS, without what lies behind its record in the same read (RFC 8446 early data);
 *   <li>the head of an HTTP/1 request with a safe method, which a client may repeat by itself (RFC 9110 sections 9.2.1 and 9.2.2),
 *       without a body or another request behind it;
 *   <li>the line with which a client of SSH says its version (RFC 4253 section 4.2).
 * </ul>
 */
final class Repeatable {
    private static final int HANDSHAKE = 22;
    private static final int MAJOR_VERSION = 3;
    private static final int CLIENT_HELLO = 1;
    private static final int RECORD_HEAD = 5;
    private static final int LENGTH_AT = 3;

    private static final List<byte[]> SAFE_METHODS = List.of(ascii("GET "), ascii("HEAD "), ascii("OPTIONS "));
    private static final byte[] HTTP_1 = ascii(" HTTP/1.");
    private static final byte[] LINE_END = ascii("\r\n");
    private static final byte[] HEAD_END = ascii("\r\n\r\n");
    private static final byte[] SSH = ascii("SSH-2.0-");

    private Repeatable() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * How many bytes at the beginning of what a client says may be sent twice, at most {@link LinkLimits#SENT_AHEAD}.
     *
     * @param first the first read, of which nothing is taken
     */
    static int bytesOf(ByteBuf first) {
        ByteBuf looked = first.slice(first.readerIndex(), Math.min(first.readableBytes(), LinkLimits.SENT_AHEAD));
        if (looked.readableBytes() <= RECORD_HEAD) {
            return 0;
        }
        return switch (looked.getByte(0)) {
            case HANDSHAKE -> clientHello(looked);
            case 'G', 'H', 'O' -> safeRequest(looked);
            case 'S' -> startsWith(looked, SSH) ? upToEndOf(looked, LINE_END, 0) : 0;
            default -> 0;
        };
    }

    private static int clientHello(ByteBuf first) {
        boolean hello = first.getByte(1) == MAJOR_VERSION && first.getByte(RECORD_HEAD) == CLIENT_HELLO;
        return hello ? Math.min(RECORD_HEAD + first.getUnsignedShort(LENGTH_AT), first.readableBytes()) : 0;
    }

    /** Known by its whole first line: there are other protocols that get things. */
    private static int safeRequest(ByteBuf first) {
        boolean safe = false;
        for (byte[] method : SAFE_METHODS) {
            safe |= startsWith(first, method);
        }
        int line = safe ? upToEndOf(first, LINE_END, 0) : 0;
        int version = line - LINE_END.length - HTTP_1.length - 1;
        boolean http = version > 0 && matches(first, HTTP_1, version);
        return http ? upToEndOf(first, HEAD_END, first.readableBytes()) : 0;
    }

    private static boolean startsWith(ByteBuf in, byte[] what) {
        return in.readableBytes() >= what.length && matches(in, what, 0);
    }

    private static boolean matches(ByteBuf in, byte[] what, int at) {
        for (int i = 0; i < what.length; i++) {
            if (in.getByte(at + i) != what[i]) {
                return false;
            }
        }
        return true;
    }

    private static int upToEndOf(ByteBuf in, byte[] what, int otherwise) {
        int at = ByteBufUtil.indexOf(Unpooled.wrappedBuffer(what), in);
        return at < 0 ? otherwise : at + what.length;
    }
}
