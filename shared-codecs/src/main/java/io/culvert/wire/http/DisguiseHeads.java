package io.culvert.wire.http;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** The header that looks like HTTP in front of a bare byte stream (wire-formats section 14.1). */
public final class DisguiseHeads {
    private DisguiseHeads() {}

    /**
     * Writes a client's header.
     *
     * @param version such as {@code 1.1}
     * @param paths one of them is picked
     * @param headers one value of each is picked, in the order of the map
     */
    public static void writeRequest(
            ByteBuf out,
            String method,
            List<String> paths,
            String version,
            Map<String, List<String>> headers,
            RandomGenerator random) {
        HttpSyntax.write(out, method + " " + pick(paths, random) + " HTTP/" + version + "\r\n");
        writeFields(out, headers, random);
        HttpSyntax.write(out, "\r\n");
    }

    /**
     * Writes a server's header.
     *
     * @param date the time in the form of HTTP, sent where no {@code Date} is configured
     */
    public static void writeResponse(
            ByteBuf out,
            String version,
            String status,
            String reason,
            Map<String, List<String>> headers,
            String date,
            RandomGenerator random) {
        HttpSyntax.write(out, "HTTP/" + version + " " + status + " " + reason + "\r\n");
        writeFields(out, headers, random);
        if (headers.keySet().stream().noneMatch("Date"::equalsIgnoreCase)) {
            HttpSyntax.writeField(out, "Date", date);
        }
        HttpSyntax.write(out, "\r\n");
    }

    /**
     * Writes what a server says that closes without having answered.
     *
     * @param notFound whether the request was one, and its path none of the configured
     */
    public static void writeErrorPage(ByteBuf out, boolean notFound, String date) {
        HttpSyntax.write(
                out,
                "HTTP/1.1 " + (notFound ? "404 Not Found" : "400 Bad Request")
                        + "\r\nConnection: close\r\nCache-Control: private\r\nContent-Length: 0\r\nDate: " + date
                        + "\r\n\r\n");
    }

    private static void writeFields(ByteBuf out, Map<String, List<String>> headers, RandomGenerator random) {
        headers.forEach((name, values) -> HttpSyntax.writeField(out, name, pick(values, random)));
    }

    private static String pick(List<String> values, RandomGenerator random) {
        return switch (values.size()) {
            case 0 -> "";
            case 1 -> values.getFirst();
            default -> values.get(random.nextInt(values.size()));
        };
    }
}
