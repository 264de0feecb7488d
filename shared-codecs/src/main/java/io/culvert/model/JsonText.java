package io.culvert.model;

/** Text as a JSON string, for lines that are composed without a tree of objects. */
public final class JsonText {
    private static final int FIRST_PRINTABLE = 0x20;
    private static final int DELETE = 0x7f;
    private static final int LAST_CONTROL = 0x9f;

    private JsonText() {}

    /**
     * Adds a text in double quotes. Control characters, also those above ASCII that speak to a terminal, are written as escapes
     * (RFC 8259 section 7).
     *
     * @return {@code json}
     */
    public static StringBuilder append(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < FIRST_PRINTABLE || (c >= DELETE && c <= LAST_CONTROL)) {
                json.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                json.append(c);
            }
        }
        return json.append('"');
    }
}
