package io.culvert.wire.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request target: as clients write one that is configured, and as servers compare it, decoded and without the
 * query. Both follow Go's {@code net/url}, by which V2Ray writes and reads them; on the wire bytes above 127 are characters of
 * ISO 8859-1 here.
 */
public final class RequestPath {
    private static final String UNRESERVED = "-_.~";
    /** What Go leaves in a path that it escapes. */
    private static final String OF_PATH = UNRESERVED + "$&+,/:;=@";
    /** What Go leaves in one segment of a path. */
    private static final String OF_SEGMENT = UNRESERVED + "$&+:=@";
    /** What else Go takes for escaped already, and leaves as it is written. */
    private static final String OF_ESCAPED = OF_PATH + "!'()*[]";

    private static final char[] HEX = "0123456789ABCDEF".toCharArray();
    private static final int ESCAPE_LENGTH = 3;

    private RequestPath() {}

    /**
     * What a client of HTTP/1.1 asks for. A path that is a correct one stays as it is written, escapes and all; from any other
     * the escapes are taken, and it is escaped anew. A query is not touched, and a fragment is not sent. (4.34 cannot dial at
     * all with an escape that is broken; here its percent sign is an ordinary character.)
     *
     * @param configured with a leading slash, and maybe a query
     */
    public static String target(String configured) {
        String text = bytes(configured);
        int fragment = text.indexOf('#');
        String whole = fragment < 0 ? text : text.substring(0, fragment);
        int mark = whole.indexOf('?');
        String path = mark < 0 ? whole : whole.substring(0, mark);
        String query = mark < 0 ? "" : whole.substring(mark);
        if (consistsOf(path, OF_ESCAPED + "%") && unescape(path) != null) {
            return whole;
        }
        String plain = unescape(path);
        return escapeBytes(plain == null ? path : plain, OF_PATH) + query;
    }

    /** What a client of HTTP/2 asks for: all of it is the path, question marks and percent signs too. */
    public static String escape(String configured) {
        return escapeBytes(bytes(configured), OF_PATH);
    }

    /** One segment of a path, in which a slash is escaped too. */
    public static String escapeSegment(String segment) {
        return escapeBytes(bytes(segment), OF_SEGMENT);
    }

    /** The UTF-8 bytes of a text, each as a character. */
    public static String bytes(String text) {
        return isAscii(text) ? text : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String escapeBytes(String bytes, String kept) {
        if (consistsOf(bytes, kept)) {
            return bytes;
        }
        StringBuilder escaped = new StringBuilder(ESCAPE_LENGTH * bytes.length());
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            if (isKept(c, kept)) {
                escaped.append(c);
            } else {
                escaped.append('%').append(HEX[c >> 4]).append(HEX[c & 0xF]);
            }
        }
        return escaped.toString();
    }

    private static boolean consistsOf(String text, String kept) {
        for (int i = 0; i < text.length(); i++) {
            if (!isKept(text.charAt(i), kept)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isKept(char c, String kept) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kept.indexOf(c) >= 0;
    }

    /**
     * The decoded path of a target in origin form or of an absolute URL.
     *
     * @param target bytes above 127 as ISO 8859-1
     * @return the path, or null where an escape is broken or there is no path
     */
    public static @Nullable String of(String target) {
        String rest = origin(target);
        int query = rest.indexOf('?');
        String path = query < 0 ? rest : rest.substring(0, query);
        if (!path.startsWith("/")) {
            return null;
        }
        String decoded = unescape(path);
        return decoded == null || isAscii(decoded)
                ? decoded
                : new String(decoded.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** What of a target stands behind scheme and authority. */
    static String origin(String target) {
        int scheme = target.indexOf("://");
        if (target.startsWith("/") || scheme < 0) {
            return target;
        }
        int slash = target.indexOf('/', scheme + 3);
        return slash < 0 ? "" : target.substring(slash);
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    /** The bytes of an escaped text, or null where an escape is broken. */
    private static @Nullable String unescape(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        StringBuilder bytes = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%') {
                bytes.append(c);
                continue;
            }
            boolean whole = i + ESCAPE_LENGTH <= text.length();
            int high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
            int low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                return null;
            }
            bytes.append((char) ((high << 4) | low));
            i += 2;
        }
        return bytes.toString();
    }
}
