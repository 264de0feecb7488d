package io.culvert.wire.http;

import org.jspecify.annotations.Nullable;

/** The two versions of HTTP that a proxy's request or answer may have. */
public enum HttpVersion {
    HTTP_1_0("HTTP/1.0"),
    HTTP_1_1("HTTP/1.1");

    private final String text;

    HttpVersion(String text) {
        this.text = text;
    }

    /** The version as a start line has it. */
    public String text() {
        return text;
    }

    /** The version of a text, or null for any other text, in whatever case. */
    static @Nullable HttpVersion of(String text) {
        if (text.equals(HTTP_1_1.text)) {
            return HTTP_1_1;
        }
        return text.equals(HTTP_1_0.text) ? HTTP_1_0 : null;
    }
}
