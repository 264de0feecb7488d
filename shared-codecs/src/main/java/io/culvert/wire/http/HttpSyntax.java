package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The small words of HTTP/1 (RFC 9110 section 5.6). */
final class HttpSyntax {
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private HttpSyntax() {}

    static boolean isTokenChar(int c) {
        return (c >= '0' && c <= '9')
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || TOKEN_MARKS.indexOf(c) >= 0;
    }

    /** Whether a part of a text is a token of at least one character. */
    static boolean isToken(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isTokenChar(text.charAt(i))) {
                return false;
            }
        }
        return from < to;
    }

    /** A part of a text without spaces and tabs around it. */
    static String trim(String text, int from, int to) {
        int start = from;
        int end = to;
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    /**
     * A decimal number without sign, blanks or list.
     *
     * @param maxDigits at most 18
     * @return the number, or -1 where the text is none or has more digits
     */
    static long decimal(String text, int maxDigits) {
        if (text.isEmpty() || text.length() > maxDigits) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }

    static void write(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    }

    static void writeField(ByteBuf out, String name, String value) {
        write(out, name);
        write(out, ": ");
        write(out, value);
        write(out, "\r\n");
    }
}
