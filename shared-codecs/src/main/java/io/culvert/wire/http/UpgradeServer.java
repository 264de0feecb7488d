package io.culvert.wire.http;

import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of an HTTP/1.1 upgrade: to WebSocket (wire-formats section 14.3), or to the bare bytes of {@code httpupgrade},
 * which asks for the same with a shorter request. Refuses as 4.34 does, word for word. One instance per connection, owned by
 * one thread.
 */
public final class UpgradeServer {
    /** The longest head of a WebSocket handshake, in bytes, as 4.34 takes it: early data of some 4,400 bytes fits. */
    static final int MAX_WEB_SOCKET_HEAD = 6 * 1024;

    private static final byte[] NO_BYTES = {};

    private final Route route;
    private RequestHeadReader reader;

    /**
     * What is served.
     *
     * @param path compared exactly, with the decoded path of a request and without its query
     * @param webSocket whether a request must be a WebSocket handshake
     * @param earlyDataHeader the header that may hold early data, empty where it stands behind the path, null for none
     */
    public record Route(
            String path, boolean webSocket, @Nullable String earlyDataHeader) {

        /** The route of a path as it is configured: a query is the client's affair. */
        public static Route of(String path, boolean webSocket, @Nullable String earlyDataHeader) {
            int query = path.indexOf('?');
            return new Route(query < 0 ? path : path.substring(0, query), webSocket, earlyDataHeader);
        }
    }

    /** What a whole request is answered with. */
    public sealed interface Verdict {}

    /**
     * The request is granted.
     *
     * @param key the WebSocket key, empty for none
     * @param earlyData what the client has already said, maybe nothing; on the heap, not pooled
     * @param echo a header that is sent back as it came, since strict clients want their subprotocol; null for none
     * @param forwardedFor by {@link ForwardedFor#client}
     */
    public record Granted(
            String key,
            ByteBuf earlyData,
            @Nullable HeaderField echo,
            @Nullable InetAddress forwardedFor) implements Verdict {
        @Override
        public String toString() {
            return "Granted[" + earlyData.readableBytes() + " early bytes]";
        }
    }

    /**
     * The request is refused.
     *
     * @param keepOpen whether another request may follow, as with any web server
     */
    public record Refused(Refusal refusal, boolean keepOpen) implements Verdict {}

    /** The answers to what is refused. */
    public enum Refusal {
        NOT_FOUND,
        NO_UPGRADE,
        WRONG_METHOD,
        TOO_LONG,
        MALFORMED
    }

    public UpgradeServer(Route route) {
        this.route = route;
        this.reader = newReader(route);
    }

    private static RequestHeadReader newReader(Route route) {
        return new RequestHeadReader(route.webSocket ? MAX_WEB_SOCKET_HEAD : RequestHeadReader.MAX_LENGTH);
    }

    /**
     * Reads a request. Takes nothing from the buffer until it is whole; after a refusal that keeps the connection open it is
     * called again for the next one.
     *
     * @return a verdict, with the reader index behind the request; or more needed. Never malformed: that is a verdict.
     */
    public Decoded<Verdict> read(ByteBuf in) {
        return switch (reader.read(in)) {
            case Decoded.NeedMore<HttpRequestHead> _ -> Decoded.needMore();
            case Decoded.Malformed<HttpRequestHead> _ ->
                Decoded.complete(new Refused(reader.isTooLong() ? Refusal.TOO_LONG : Refusal.MALFORMED, false));
            case Decoded.Complete<HttpRequestHead>(HttpRequestHead head) -> {
                reader = newReader(route);
                yield Decoded.complete(judge(head));
            }
        };
    }

    private Verdict judge(HttpRequestHead head) {
        String path = RequestPath.of(head.target());
        if (path == null) {
            return new Refused(Refusal.MALFORMED, false);
        }
        byte[] early = NO_BYTES;
        HeaderField echo = null;
        String header = route.earlyDataHeader;
        if (header != null && header.isEmpty()) {
            early = behindPath(head);
        } else if (!path.equals(route.path)) {
            early = null;
        } else if (header != null) {
            String text = head.headers().first(header);
            byte[] decoded = EarlyData.decode(text);
            if (decoded != null && decoded.length > 0) {
                early = decoded;
                echo = header.equalsIgnoreCase(EarlyData.DEFAULT_HEADER) && text != null
                        ? new HeaderField(EarlyData.DEFAULT_HEADER, text)
                        : null;
            }
        }
        if (early == null) {
            return refuse(head, Refusal.NOT_FOUND);
        }
        Refusal fault = upgradeFault(head);
        if (fault != null) {
            return refuse(head, fault);
        }
        String key = head.headers().first("Sec-WebSocket-Key");
        InetAddress forwardedFor = ForwardedFor.client(head.headers().all(ForwardedFor.FIELD));
        return new Granted(key == null ? "" : key, Unpooled.wrappedBuffer(early), echo, forwardedFor);
    }

    /** Early data behind the path, or null where the path is another. */
    private byte @Nullable [] behindPath(HttpRequestHead head) {
        String origin = RequestPath.origin(head.target());
        // The alphabet of early data needs no escapes, so what is behind the path is the same decoded or not.
        String decoded = origin.startsWith(route.path) ? origin : RequestPath.of(head.target());
        return decoded != null && decoded.startsWith(route.path)
                ? EarlyData.decode(decoded.substring(route.path.length()))
                : null;
    }

    private @Nullable Refusal upgradeFault(HttpRequestHead head) {
        HeaderFields headers = head.headers();
        if (!headers.lists("Connection", "upgrade") || !headers.lists("Upgrade", "websocket")) {
            return Refusal.NO_UPGRADE;
        }
        if (!head.method().equals("GET")) {
            return Refusal.WRONG_METHOD;
        }
        if (route.webSocket) {
            String key = headers.first("Sec-WebSocket-Key");
            if (!headers.lists("Sec-WebSocket-Version", "13") || key == null || key.isEmpty()) {
                return Refusal.NO_UPGRADE;
            }
        }
        return null;
    }

    private static Refused refuse(HttpRequestHead head, Refusal refusal) {
        HeaderFields headers = head.headers();
        String length = headers.first("Content-Length");
        boolean body = (length != null && !length.equals("0")) || headers.count("Transfer-Encoding") > 0;
        boolean last = head.version() == HttpVersion.HTTP_1_0 || headers.lists("Connection", "close");
        return new Refused(refusal, !body && !last);
    }

    /** Writes the answer to a granted request; what follows is the stream. */
    public static void writeGranted(ByteBuf out, Granted granted) {
        HttpSyntax.write(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
        if (!granted.key.isEmpty()) {
            HttpSyntax.writeField(out, "Sec-WebSocket-Accept", WebSocketKey.accept(granted.key));
        }
        if (granted.echo != null) {
            HttpSyntax.writeField(out, granted.echo.name(), granted.echo.value());
        }
        HttpSyntax.write(out, "\r\n");
    }

    /**
     * Writes the answer to a refused request, byte for byte as the reference does.
     *
     * @param date the time in the form of HTTP
     */
    public static void writeRefused(ByteBuf out, Refused refused, String date) {
        String close = refused.keepOpen ? "" : "Connection: close\r\n";
        switch (refused.refusal) {
            case NOT_FOUND ->
                HttpSyntax.write(
                        out, "HTTP/1.1 404 Not Found\r\nDate: " + date + "\r\nContent-Length: 0\r\n" + close + "\r\n");
            case NO_UPGRADE -> writeError(out, "400 Bad Request", "Bad Request\n", date, close);
            case WRONG_METHOD -> writeError(out, "405 Method Not Allowed", "Method Not Allowed\n", date, close);
            case TOO_LONG -> writeFault(out, "431 Request Header Fields Too Large");
            case MALFORMED -> writeFault(out, "400 Bad Request");
        }
    }

    /** What Go's HTTP server says to what it cannot read. */
    private static void writeFault(ByteBuf out, String status) {
        HttpSyntax.write(
                out,
                "HTTP/1.1 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\n" + "Connection: close\r\n\r\n"
                        + status);
    }

    private static void writeError(ByteBuf out, String status, String body, String date, String close) {
        HttpSyntax.write(
                out,
                "HTTP/1.1 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13\r\n"
                        + "X-Content-Type-Options: nosniff\r\nDate: " + date + "\r\nContent-Length: "
                        + body.getBytes(StandardCharsets.US_ASCII).length + "\r\n" + close + "\r\n" + body);
    }
}
