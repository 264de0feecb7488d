package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;

/** The answers that the proxy itself gives, byte for byte as the reference does (wire-formats section 12.1). */
public final class HttpAnswers {
    private static final String CLOSE = "Connection: close\r\nProxy-Connection: close\r\nContent-Length: 0\r\n\r\n";

    private HttpAnswers() {}

    /** To a CONNECT; no other line, and what follows is the tunnel. */
    public static void writeEstablished(ByteBuf out) {
        HttpSyntax.write(out, "HTTP/1.1 200 Connection established\r\n\r\n");
    }

    /** To a request that is HTTP and is refused; the connection is closed behind it. */
    public static void writeBadRequest(ByteBuf out) {
        HttpSyntax.write(out, "HTTP/1.1 400 Bad Request\r\n" + CLOSE);
    }

    /** To a request without a right password; the connection is closed behind it. */
    public static void writeAuthenticationRequired(ByteBuf out) {
        HttpSyntax.write(
                out, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\n\r\n");
    }

    /** To a request whose head is longer than it may be (RFC 6585 section 5); the connection is closed behind it. */
    public static void writeHeadTooLong(ByteBuf out) {
        HttpSyntax.write(out, "HTTP/1.1 431 Request Header Fields Too Large\r\n" + CLOSE);
    }

    /** Where the destination's answer is not HTTP that can be passed on; the connection is closed behind it. */
    public static void writeBadGateway(ByteBuf out) {
        HttpSyntax.write(out, "HTTP/1.1 502 Bad Gateway\r\n" + CLOSE);
    }

    /** Where the destination gave no answer; the connection is closed behind it. */
    public static void writeUnavailable(ByteBuf out) {
        HttpSyntax.write(out, "HTTP/1.1 503 Service Unavailable\r\n" + CLOSE);
    }
}
