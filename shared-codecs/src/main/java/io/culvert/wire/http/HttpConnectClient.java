package io.culvert.wire.http;

import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of an HTTP/1.1 CONNECT (wire-formats section 12.2). One instance per connection, owned by one thread.
 */
public final class HttpConnectClient {
    /** The longest head of an answer, in bytes. */
    public static final int MAX_HEAD_LENGTH = 8 * 1024;

    private static final int OK = 200;
    private static final int MAX_REASON_LENGTH = 80;

    private final ResponseHeadReader reader = new ResponseHeadReader(MAX_HEAD_LENGTH);

    /**
     * What this side authenticates with. Its text form hides the password.
     *
     * @param user without a colon
     */
    public record Credentials(String user, String password) {
        @Override
        public String toString() {
            return "Credentials[user=" + user + ", password=***]";
        }
    }

    /**
     * The proxy's answer.
     *
     * @param status 100 to 999
     * @param reason the words behind it, which may be empty: printable, and shortened to what a line of a log has room for
     */
    public record Answer(int status, String reason) {

        /** Whether the stream is now the destination's. Any other success is none: the reference wants exactly 200. */
        public boolean accepted() {
            return status == OK;
        }

        /** {@code 407 Proxy Authentication Required}. */
        public String text() {
            return reason.isEmpty() ? Integer.toString(status) : status + " " + reason;
        }
    }

    /**
     * Writes the request, byte for byte as the reference does.
     *
     * @param credentials the account, or null for none
     */
    public static void writeRequest(ByteBuf out, Destination destination, @Nullable Credentials credentials) {
        String authority = Authority.text(destination.address(), destination.port());
        HttpSyntax.write(out, "CONNECT " + authority + " HTTP/1.1\r\n");
        HttpSyntax.writeField(out, "Host", authority);
        HttpSyntax.writeField(out, "User-Agent", "Go-http-client/1.1");
        if (credentials != null) {
            HttpSyntax.writeField(out, "Proxy-Authorization", BasicAuth.value(credentials.user, credentials.password));
        }
        HttpSyntax.writeField(out, "Proxy-Connection", "Keep-Alive");
        HttpSyntax.write(out, "\r\n");
    }

    /**
     * Reads the answer's head. Takes nothing until it is whole; what is behind it stays in the buffer and is payload, where
     * the answer is {@linkplain Answer#accepted accepted}.
     *
     * @return the answer, more needed, or malformed with {@link CloseCause#UPSTREAM_HANDSHAKE_FAILED}
     */
    public Decoded<Answer> read(ByteBuf in) {
        return switch (reader.read(in)) {
            case Decoded.Complete<HttpResponseHead>(HttpResponseHead head) ->
                Decoded.complete(new Answer(head.status(), printable(head.reason())));
            case Decoded.NeedMore<HttpResponseHead> more -> Decoded.needMore();
            case Decoded.Malformed<HttpResponseHead>(CloseCause cause, String why) ->
                Decoded.malformed(CloseCause.UPSTREAM_HANDSHAKE_FAILED, why);
        };
    }

    private static String printable(String reason) {
        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < reason.length() && kept.length() < MAX_REASON_LENGTH; i++) {
            char c = reason.charAt(i);
            if (c >= ' ' && c <= '~') {
                kept.append(c);
            }
        }
        return kept.toString().strip();
    }
}
