package io.culvert.wire.http;

import io.culvert.wire.Decoded;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The header lines of a message, in the order they were sent in.
 *
 * @param list the lines
 */
public record HeaderFields(List<HeaderField> list) {
    /** The most header lines that a message may have. */
    public static final int MAX_FIELDS = 256;

    public HeaderFields {
        list = List.copyOf(list);
    }

    /**
     * Reads the header lines of a request.
     *
     * @param head a whole head, without control characters but the ends of its lines
     * @param from where the first header line starts
     */
    static Decoded<HeaderFields> ofRequest(String head, int from) {
        return parse(head, from, false);
    }

    /** The same for an answer: blanks before a colon are taken away, as RFC 9112 section 5.1 has a proxy do. */
    static Decoded<HeaderFields> ofAnswer(String head, int from) {
        return parse(head, from, true);
    }

    private static Decoded<HeaderFields> parse(String head, int from, boolean blankBeforeColon) {
        List<HeaderField> fields = new ArrayList<>();
        int at = from;
        while (true) {
            int next = head.indexOf('\n', at) + 1;
            int end = next - 1 > at && head.charAt(next - 2) == '\r' ? next - 2 : next - 1;
            if (end == at) {
                return Decoded.complete(new HeaderFields(fields));
            }
            int colon = head.indexOf(':', at);
            if (colon < 0 || colon > end) {
                return Decoded.malformed("header line without a colon");
            }
            String name = blankBeforeColon ? trimEnd(head.substring(at, colon)) : head.substring(at, colon);
            // This refuses a folded line and a space before the colon too: a space is in no token.
            if (!HttpSyntax.isToken(name, 0, name.length())) {
                return Decoded.malformed("invalid header name");
            }
            if (fields.size() == MAX_FIELDS) {
                return Decoded.malformed("more than " + MAX_FIELDS + " header lines");
            }
            fields.add(new HeaderField(name, HttpSyntax.trim(head, colon + 1, end)));
            at = next;
        }
    }

    /** Leading blanks stay: they make a folded line. */
    private static String trimEnd(String name) {
        int end = name.length();
        while (end > 0 && (name.charAt(end - 1) == ' ' || name.charAt(end - 1) == '\t')) {
            end--;
        }
        return name.substring(0, end);
    }

    /** How many lines have a name. */
    public int count(String name) {
        int count = 0;
        for (HeaderField field : list) {
            if (field.is(name)) {
                count++;
            }
        }
        return count;
    }

    /** The value of the first line of a name, or null. */
    public @Nullable String first(String name) {
        for (HeaderField field : list) {
            if (field.is(name)) {
                return field.value();
            }
        }
        return null;
    }

    /** The values of all lines of a name, in their order. */
    public List<String> all(String name) {
        return list.stream()
                .filter(field -> field.is(name))
                .map(HeaderField::value)
                .toList();
    }

    /** Whether any line of a name lists a token, in whatever case. */
    public boolean lists(String name, String token) {
        for (HeaderField field : list) {
            if (field.is(name)) {
                for (String listed : field.value().split(",", -1)) {
                    if (listed.strip().equalsIgnoreCase(token)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** The names that all Connection lines list, in lower case. The reference looks at the first line only. */
    private Set<String> connectionOptions() {
        Set<String> names = new HashSet<>();
        for (HeaderField field : list) {
            if (field.is("Connection")) {
                for (String listed : field.value().split(",", -1)) {
                    names.add(listed.strip().toLowerCase(Locale.ROOT));
                }
            }
        }
        return names;
    }

    /**
     * What may go on to the next hop (wire-formats section 12.1, reliability section 2c.13): no line of the hop itself, none
     * that a Connection line lists, and none that says where the body ends, because the writer says that itself.
     */
    List<HeaderField> endToEnd() {
        Set<String> listed = connectionOptions();
        List<HeaderField> kept = new ArrayList<>(list.size());
        for (HeaderField field : list) {
            String name = field.name().toLowerCase(Locale.ROOT);
            boolean hop = switch (name) {
                case "connection",
                        "keep-alive",
                        "te",
                        "trailer",
                        "trailers",
                        "transfer-encoding",
                        "upgrade",
                        "content-length" -> true;
                default -> name.startsWith("proxy-") || listed.contains(name);
            };
            if (!hop) {
                kept.add(field);
            }
        }
        return kept;
    }
}
