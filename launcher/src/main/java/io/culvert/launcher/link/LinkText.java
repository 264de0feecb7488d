package io.culvert.launcher.link;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The parts that links are made of. */
final class LinkText {
    private static final int MAX_PORT = 65535;

    private LinkText() {}

    /** Percent-encodes everything but unreserved characters; a space becomes {@code %20}. */
    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
    }

    /** Undoes percent-encoding; a plus sign stays one. */
    static String decode(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException("the link has a broken percent-encoding");
        }
    }

    static Map<String, String> query(String query) {
        Map<String, String> values = new HashMap<>();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                values.put(pair.substring(0, equals), decode(pair.substring(equals + 1)));
            }
        }
        return values;
    }

    /** The entries of a list with commas; nothing is none. */
    static List<String> list(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
    }

    static int port(String text) {
        int port = number(text);
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("the link's port is not 1 to " + MAX_PORT);
        }
        return port;
    }

    /** A number of 0 or more; nothing is 0. */
    static int number(String text) {
        try {
            return text.isEmpty() ? 0 : Integer.parseUnsignedInt(text);
        } catch (NumberFormatException _) {
            throw new IllegalArgumentException("the link has something else where a number belongs");
        }
    }

    static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException("the link's id is not a UUID");
        }
    }
}
