package io.culvert.config.reader;

import java.util.List;
import java.util.Locale;

/** {@code header.type} of a transport. */
final class HeaderType {
    private HeaderType() {}

    /**
     * The word in lower case; {@code none} where it is missing or unknown, which is reported.
     *
     * @param transport for the message
     * @param words those that are known
     */
    static String read(Fields header, String transport, List<String> words, Report report) {
        String type = header.textOrNull("type");
        if (type == null) {
            report.error(header.spotOf("type"), "invalid " + transport + " header config: \"type\" is missing");
            return "none";
        }
        String word = type.toLowerCase(Locale.ROOT);
        if (words.contains(word)) {
            return word;
        }
        report.error(
                header.spotOf("type"),
                "invalid " + transport + " header config: unknown type " + Words.quoted(type)
                        + Words.didYouMean(word, words) + " (known: " + String.join(", ", words) + ")");
        return "none";
    }
}
