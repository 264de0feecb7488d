package io.culvert.transport.link;

import io.culvert.bus.ControlFormats;
import io.culvert.bus.LinkOrder;
import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Base64;

/**
 * What the two ends of a link say to each other in header fields and reset codes.
 *
 * <ul>
 *   <li>A stream opens with {@code order}: a {@link LinkOrder} in base64url, whole before anything behind it is looked at.
 *   <li>It is answered with status 200, or with 502, a {@code cause} and a {@code detail} for the log.
 *   <li>A session that ends before both directions have is reset with a code that carries its {@link CloseCause}.
 * </ul>
 */
final class LinkWords {
    private static final String ORDER = "order";
    private static final String CAUSE = "cause";
    private static final String DETAIL = "detail";
    private static final String OPENED = "200";
    private static final String REFUSED = "502";
    private static final int MAX_DETAIL = 200;

    /** Outside of the codes that HTTP/2 has given a meaning. */
    private static final long RESET_BASE = 0x4300;

    private static final int RESET_CODES = 256;

    private LinkWords() {}

    static Http2Headers order(byte[] order) {
        return new DefaultHttp2Headers()
                .method("POST")
                .path("/")
                .set(ORDER, Base64.getUrlEncoder().withoutPadding().encodeToString(order));
    }

    static Decoded<LinkOrder> orderOf(Http2Headers headers) {
        CharSequence field = headers.get(ORDER);
        if (field == null) {
            return Decoded.malformed("no order");
        }
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(field.toString());
        } catch (IllegalArgumentException _) {
            return Decoded.malformed("an order that is not base64");
        }
        return ControlFormats.LINK_ORDER.decode(bytes);
    }

    static Http2Headers opened() {
        return new DefaultHttp2Headers().status(OPENED);
    }

    static boolean isOpened(Http2Headers answer) {
        CharSequence status = answer.status();
        return status != null && OPENED.contentEquals(status);
    }

    static Http2Headers refused(CloseCause cause, String detail) {
        return new DefaultHttp2Headers()
                .status(REFUSED)
                .set(CAUSE, Integer.toString(cause.code()))
                .set(DETAIL, printable(detail));
    }

    static CloseCause causeOf(Http2Headers answer) {
        CharSequence field = answer.get(CAUSE);
        if (field == null || field.isEmpty() || field.length() > 3) {
            return CloseCause.INTERNAL;
        }
        int code = 0;
        for (int i = 0; i < field.length(); i++) {
            code = code * 10 + Character.digit(field.charAt(i), 10);
        }
        return CloseCause.ofCode(code);
    }

    static String detailOf(Http2Headers answer) {
        CharSequence field = answer.get(DETAIL);
        return field == null ? "" : printable(field.toString());
    }

    /** For header fields and logs: short, and nothing but printable ASCII. */
    private static String printable(String text) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), MAX_DETAIL));
        for (int i = 0; i < text.length() && i < MAX_DETAIL; i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return out.toString().strip();
    }

    static long resetCode(CloseCause cause) {
        return RESET_BASE + cause.code();
    }

    /**
     * The cause in a reset.
     *
     * @param otherwise what a reset without one means
     */
    static CloseCause causeOfReset(long code, CloseCause otherwise) {
        return code >= RESET_BASE && code < RESET_BASE + RESET_CODES
                ? CloseCause.ofCode((int) (code - RESET_BASE))
                : otherwise;
    }
}
