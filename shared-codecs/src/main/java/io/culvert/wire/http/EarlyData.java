package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * First bytes of a stream inside the request that opens it, in the URL-safe alphabet of base64. Peers read WebSocket's without
 * padding; V2Ray 5 reads httpupgrade's with padding only.
 */
public final class EarlyData {
    /**
     * The most bytes that a client puts into its request. Xray recommends 2,560; a request head of 6 KiB, which is the longest that
     * V2Ray's server takes, holds no more than some 4,400.
     */
    public static final int MAX_LENGTH = 4 * 1024;

    /** Where early data stands unless something else is configured. */
    public static final String DEFAULT_HEADER = "Sec-WebSocket-Protocol";

    private static final byte[] NONE = {};

    private EarlyData() {}

    /** The text of some bytes without padding, at most {@link #MAX_LENGTH}; takes nothing. */
    public static String encode(ByteBuf bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(ByteBufUtil.getBytes(bytes));
    }

    /** As {@link #encode}, with padding. */
    public static String encodePadded(ByteBuf bytes) {
        return Base64.getUrlEncoder().encodeToString(ByteBufUtil.getBytes(bytes));
    }

    /** The bytes of a text in either alphabet of base64, padded or not, or null where it is none. */
    static byte @Nullable [] decode(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return NONE;
        }
        String unpadded = text.replace('+', '-').replace('/', '_').replace("=", "");
        try {
            return Base64.getUrlDecoder().decode(unpadded);
        } catch (IllegalArgumentException e) {
            return null; // a subprotocol, which is no fault
        }
    }
}
