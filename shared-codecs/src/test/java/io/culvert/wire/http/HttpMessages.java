package io.culvert.wire.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Messages as texts, in forms that can be compared. */
final class HttpMessages {
    private HttpMessages() {}

    /**
     * A stream of messages with the header lines of each sorted and their names in lower case: the reference writes them
     * in an order of its own.
     */
    static String sorted(String stream) {
        StringBuilder out = new StringBuilder();
        String rest = stream;
        while (!rest.isEmpty()) {
            int end = rest.indexOf("\r\n\r\n");
            if (end < 0) {
                return out.append(rest).toString();
            }
            List<String> lines =
                    new ArrayList<>(Arrays.asList(rest.substring(0, end).split("\r\n", -1)));
            out.append(lines.removeFirst()).append("\r\n");
            int length = -1;
            List<String> fields = new ArrayList<>();
            for (String line : lines) {
                int colon = line.indexOf(':');
                String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
                fields.add(name + line.substring(colon));
                if (name.equals("content-length")) {
                    length = Integer.parseInt(line.substring(colon + 1).strip());
                }
            }
            fields.stream().sorted().forEach(field -> out.append(field).append("\r\n"));
            out.append("\r\n");
            rest = rest.substring(end + 4);
            int body = length < 0 ? rest.length() : length;
            out.append(rest, 0, body);
            rest = rest.substring(body);
        }
        return out.toString();
    }

    /** A well-formed message with its chunks joined: where they are cut depends on how the bytes arrived. */
    static String joined(String message) {
        int end = message.indexOf("\r\n\r\n") + 4;
        if (!message.substring(0, end).contains("Transfer-Encoding: chunked")) {
            return message;
        }
        StringBuilder out = new StringBuilder(message.substring(0, end));
        int at = end;
        while (at < message.length()) {
            int lineEnd = message.indexOf("\r\n", at);
            int size = Integer.parseInt(message.substring(at, lineEnd), 16);
            if (size == 0) {
                return out.append("<end>").append(message.substring(lineEnd)).toString();
            }
            out.append(message, lineEnd + 2, lineEnd + 2 + size);
            at = lineEnd + 2 + size + 2;
        }
        return out.toString();
    }
}
