package io.culvert.wire.http;

import io.culvert.model.Destination;
import io.culvert.wire.Decoded;

/**
 * Where a plain request goes, and under which names (wire-formats section 12.1).
 *
 * @param destination what to dial
 * @param host the value of the forwarded Host line
 * @param path the forwarded request target in origin form, with the query
 */
public record RequestTarget(Destination destination, String host, String path) {
    private static final int HTTP_PORT = 80;

    /**
     * The target of a request that is no CONNECT.
     *
     * <p>The host of the absolute URL counts; a Host line beside it is ignored, whatever it says, and written anew (RFC 9112
     * section 3.2.2). A URL of https is refused: it would be sent in clear text.
     *
     * @param allowTransparent whether a request in origin form is served, by its Host line
     */
    public static Decoded<RequestTarget> of(HttpRequestHead head, boolean allowTransparent) {
        String target = head.target();
        if (head.headers().count("Host") > 1) {
            return Decoded.malformed("several Host lines");
        }
        if (target.indexOf('#') >= 0) {
            return Decoded.malformed("request target with a fragment");
        }
        if (target.startsWith("/") || (target.equals("*") && isOptions(head))) {
            return allowTransparent ? ofHost(head) : Decoded.malformed("request target without a host");
        }
        if (target.regionMatches(true, 0, "http://", 0, 7)) {
            return ofUrl(head, 7);
        }
        if (target.regionMatches(true, 0, "https://", 0, 8)) {
            return Decoded.malformed("a URL of https takes a CONNECT");
        }
        return Decoded.malformed("request target is no HTTP URL");
    }

    private static Decoded<RequestTarget> ofHost(HttpRequestHead head) {
        String host = head.headers().first("Host");
        Authority authority = host == null ? null : Authority.parse(host, HTTP_PORT);
        return authority == null
                ? Decoded.malformed("missing or invalid Host line")
                : Decoded.complete(new RequestTarget(authority.destination(), authority.text(), escape(head.target())));
    }

    private static Decoded<RequestTarget> ofUrl(HttpRequestHead head, int from) {
        String url = head.target();
        int end = from;
        while (end < url.length() && url.charAt(end) != '/' && url.charAt(end) != '?') {
            end++;
        }
        Authority authority = Authority.parse(url.substring(from, end), HTTP_PORT);
        if (authority == null) {
            return Decoded.malformed("invalid authority in the URL");
        }
        String rest = escape(url.substring(end));
        String path = rest.startsWith("/") ? rest : (rest.isEmpty() && isOptions(head) ? "*" : "/" + rest);
        return Decoded.complete(new RequestTarget(authority.destination(), authority.text(), path));
    }

    private static boolean isOptions(HttpRequestHead head) {
        return head.method().equals("OPTIONS");
    }

    /** Escapes bytes above 127, which clients send and no URL has. */
    private static String escape(String text) {
        int at = 0;
        while (at < text.length() && text.charAt(at) < 0x80) {
            at++;
        }
        if (at == text.length()) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, at);
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c < 0x80) {
                escaped.append(c);
            } else {
                escaped.append('%')
                        .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            }
        }
        return escaped.toString();
    }
}
