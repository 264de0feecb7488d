package io.culvert.wire.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The path of a request target, as the reference compares it: decoded, without the query. */
final class RequestPath {
    private RequestPath() {}

    /**
     * The decoded path of a target in origin form or of an absolute URL.
     *
     * @param target bytes above 127 as ISO 8859-1
     * @return the path, or null where an escape is broken or there is no path
     */
    static @Nullable String of(String target) {
        String rest = origin(target);
        int query = rest.indexOf('?');
        String path = query < 0 ? rest : rest.substring(0, query);
        if (!path.startsWith("/")) {
            return null;
        }
        return path.indexOf('%') < 0 && isAscii(path) ? path : decode(path);
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

    private static @Nullable String decode(String path) {
        byte[] decoded = new byte[path.length()];
        int length = 0;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c != '%') {
                decoded[length++] = (byte) c;
                continue;
            }
            int high = i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
            int low = i + 2 < path.length() ? Character.digit(path.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                return null;
            }
            decoded[length++] = (byte) ((high << 4) | low);
            i += 2;
        }
        return new String(decoded, 0, length, StandardCharsets.UTF_8);
    }
}
