package io.culvert.config.reader;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks at texts that go into the head of an HTTP message. V2Ray takes anything; what would break the head cannot be run.
 *
 * @param chosen whether the transport is in use: settings that are not do no harm
 */
record HttpText(Report report, boolean chosen) {
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    /** A text that is to be part of one line. */
    String line(Spot spot, String text) {
        if (chosen && text.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7f)) {
            report.unusable(spot, "control characters cannot be sent in the head of an HTTP message");
        }
        return text;
    }

    /** The name of a header, as written. */
    String name(Json.Member member) {
        String name = member.key();
        if (chosen && !isToken(name)) {
            report.unusable(member.keySpot(), Words.quoted(name) + " is no name of an HTTP header");
        }
        return name;
    }

    private static boolean isToken(String name) {
        return !name.isEmpty() && name.chars().allMatch(HttpText::isTokenCharacter);
    }

    private static boolean isTokenCharacter(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || TOKEN_MARKS.indexOf(c) >= 0;
    }

    /**
     * Headers of one value each, in byte order of their names; {@code Host} is written so.
     *
     * @param settings the object that holds {@code headers}, or null
     * @param lists whether a value may be a list, which then becomes one value with commas
     */
    Map<String, String> headers(@Nullable Fields settings, boolean lists) {
        Map<String, String> all = new TreeMap<>();
        Fields headers = settings == null ? null : settings.object("headers");
        if (headers == null) {
            return all;
        }
        headers.each(member -> {
            String name = name(member);
            String value = value(headers, member.value(), lists);
            if (value != null) {
                all.put(
                        name.equalsIgnoreCase("host") ? "Host" : name,
                        line(member.value().spot(), value));
            }
        });
        return all;
    }

    private static @Nullable String value(Fields headers, Json value, boolean lists) {
        if (lists && !(value instanceof Json.Text)) {
            return String.join(
                    ", ", headers.asTexts(value).stream().map(Json.Text::value).toList());
        }
        Json.Text text = headers.asText(value);
        return text == null ? null : text.value();
    }

    /** A path with a {@code /} in front. */
    String path(Spot spot, String path) {
        return line(spot, path.startsWith("/") ? path : "/" + path);
    }
}
