package io.culvert.wire.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.random.RandomGenerator;

/** The two words by which the ends of a WebSocket handshake know each other (RFC 6455 section 4). */
public final class WebSocketKey {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int LENGTH = 16;

    private WebSocketKey() {}

    /** A new {@code Sec-WebSocket-Key}. */
    public static String random(RandomGenerator random) {
        byte[] key = new byte[LENGTH];
        random.nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    /** The {@code Sec-WebSocket-Accept} of a key. */
    public static String accept(String key) {
        return Base64.getEncoder().encodeToString(digest(key));
    }

    /** A number that both ends of a connection can tell from its key, and that differs from connection to connection. */
    public static long tag(String key) {
        return ByteBuffer.wrap(digest(key)).getLong();
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.ISO_8859_1));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
