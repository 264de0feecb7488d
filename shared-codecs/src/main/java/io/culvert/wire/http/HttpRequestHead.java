package io.culvert.wire.http;

/**
 * The head of a request, as it was sent. Its text form leaves headers and query out, which may hold secrets.
 *
 * @param method a token
 * @param target the request target: absolute URL, origin form, authority, or {@code *}
 */
public record HttpRequestHead(String method, String target, HttpVersion version, HeaderFields headers) {

    /** Whether the client asks for a tunnel. Methods are case-sensitive. */
    public boolean isConnect() {
        return method.equals("CONNECT");
    }

    /** Whether a request of this method mostly has a body. */
    boolean expectsBody() {
        return method.equals("POST") || method.equals("PUT") || method.equals("PATCH");
    }

    @Override
    public String toString() {
        return "HttpRequestHead[" + method + ", " + headers.list().size() + " headers]";
    }
}
