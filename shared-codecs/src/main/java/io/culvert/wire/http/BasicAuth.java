package io.culvert.wire.http;

import io.culvert.wire.PasswordTable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** {@code Proxy-Authorization: Basic} (RFC 7617). */
final class BasicAuth {
    private static final String SCHEME = "Basic ";

    private BasicAuth() {}

    /** The user whom a request authenticates, or null. The password may hold colons, the name may not. */
    static <U> @Nullable U user(HeaderFields headers, PasswordTable<U> accounts) {
        String value = headers.first("Proxy-Authorization");
        if (value == null
                || headers.count("Proxy-Authorization") > 1
                || !value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        byte[] pair;
        try {
            pair = Base64.getDecoder().decode(HttpSyntax.trim(value, SCHEME.length(), value.length()));
        } catch (IllegalArgumentException e) {
            return null;
        }
        for (int i = 0; i < pair.length; i++) {
            if (pair[i] == ':') {
                return accounts.check(Arrays.copyOf(pair, i), Arrays.copyOfRange(pair, i + 1, pair.length));
            }
        }
        return null;
    }

    /** The value of a Proxy-Authorization line. */
    static String value(String user, String password) {
        return SCHEME + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }
}
