package io.culvert.wire.http;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of an HTTP/1.1 upgrade, to WebSocket or to bare bytes (wire-formats section 14.3). One instance per
 * connection, owned by one thread.
 */
public final class UpgradeClient {
    /** The longest head of an answer, in bytes. */
    public static final int MAX_HEAD_LENGTH = 8 * 1024;

    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    private final ResponseHeadReader reader = new ResponseHeadReader(MAX_HEAD_LENGTH);
    private final Request request;
    private final @Nullable String key;

    /**
     * What is the same for every connection of a client.
     *
     * @param path as configured, with a leading slash, and maybe a query
     * @param headers further header lines, which count before those that this class would send; their values are sent as UTF-8
     */
    public record Request(String path, Map<String, String> headers) {
        public Request {
            Map<String, String> sent = new TreeMap<>();
            headers.forEach((name, value) -> sent.put(name, RequestPath.bytes(value)));
            headers = Map.copyOf(sent);
        }
    }

    /** @param key the WebSocket key, or null for an upgrade to bare bytes */
    public UpgradeClient(Request request, @Nullable String key) {
        this.request = request;
        this.key = key;
    }

    /** The Host line for a server: its name, and its port unless that is the scheme's. */
    public static String host(Address server, int port, boolean secure) {
        String text = Authority.text(server, port);
        String implied = ":" + (secure ? HTTPS_PORT : HTTP_PORT);
        return text.endsWith(implied) ? text.substring(0, text.length() - implied.length()) : text;
    }

    /**
     * Writes the request, in the order of the reference: Host, User-Agent, and the rest by their names.
     *
     * @param host the Host line where none is configured
     * @param earlyDataHeader where the early data stands: a header's name, or empty for the end of the path
     * @param earlyData its text, or null for none
     */
    public void write(ByteBuf out, String host, String earlyDataHeader, @Nullable String earlyData) {
        Map<String, String> fields = new TreeMap<>();
        request.headers.forEach((name, value) -> fields.put(canonical(name), value));
        String named = fields.remove("Host");
        String agent = fields.remove("User-Agent");
        fields.put("Connection", "Upgrade");
        fields.put("Upgrade", "websocket");
        if (key != null) {
            fields.remove("Sec-Websocket-Key");
            fields.remove("Sec-Websocket-Version");
            fields.put("Sec-WebSocket-Key", key);
            fields.put("Sec-WebSocket-Version", "13");
        }
        String path = request.path;
        if (earlyData != null && earlyDataHeader.isEmpty()) {
            path += earlyData;
        } else if (earlyData != null) {
            fields.remove(canonical(earlyDataHeader));
            fields.put(earlyDataHeader, earlyData);
        }
        HttpSyntax.write(out, "GET " + RequestPath.target(path) + " HTTP/1.1\r\n");
        HttpSyntax.writeField(out, "Host", named == null || named.isEmpty() ? host : named);
        HttpSyntax.writeField(out, "User-Agent", agent == null ? "Go-http-client/1.1" : agent);
        fields.forEach((name, value) -> HttpSyntax.writeField(out, name, value));
        HttpSyntax.write(out, "\r\n");
    }

    /** A header's name as the reference writes it: each word with a capital letter. */
    private static String canonical(String name) {
        StringBuilder canonical = new StringBuilder(name.toLowerCase(Locale.ROOT));
        for (int i = 0; i < canonical.length(); i++) {
            if (i == 0 || canonical.charAt(i - 1) == '-') {
                canonical.setCharAt(i, Character.toUpperCase(canonical.charAt(i)));
            }
        }
        return canonical.toString();
    }

    /**
     * Reads the answer's head. Takes nothing until it is whole; what is behind it stays in the buffer and is the stream.
     *
     * @return true where the server agrees; more needed; or malformed with {@link CloseCause#UPSTREAM_HANDSHAKE_FAILED} and
     *     the status
     */
    public Decoded<Boolean> read(ByteBuf in) {
        return switch (reader.read(in)) {
            case Decoded.NeedMore<HttpResponseHead> _ -> Decoded.needMore();
            case Decoded.Malformed<HttpResponseHead>(CloseCause _, String why) -> refused(why);
            case Decoded.Complete<HttpResponseHead>(HttpResponseHead head) -> judge(head);
        };
    }

    private Decoded<Boolean> judge(HttpResponseHead head) {
        if (head.status() != SWITCHING_PROTOCOLS) {
            return refused("the server answered " + head.status() + " to an upgrade");
        }
        HeaderFields headers = head.headers();
        if (!headers.lists("Upgrade", "websocket") || !headers.lists("Connection", "upgrade")) {
            return refused("the server switched to something else");
        }
        if (key != null && !WebSocketKey.accept(key).equals(headers.first("Sec-WebSocket-Accept"))) {
            return refused("the server's Sec-WebSocket-Accept does not fit");
        }
        return Decoded.complete(Boolean.TRUE);
    }

    private static Decoded<Boolean> refused(String why) {
        return Decoded.malformed(CloseCause.UPSTREAM_HANDSHAKE_FAILED, why);
    }
}
