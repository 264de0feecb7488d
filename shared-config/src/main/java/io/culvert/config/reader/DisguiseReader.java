package io.culvert.config.reader;

import io.culvert.config.TransportSettings.HttpDisguise;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code tcpSettings.header} of type {@code http}, with 4.34's defaults (wire-formats section 14.1). */
final class DisguiseReader {
    private static final Map<String, List<String>> REQUEST_HEADERS = ordered(
            Map.entry("Host", List.of("www.baidu.com", "www.bing.com")),
            Map.entry(
                    "User-Agent",
                    List.of(
                            "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko)"
                                    + " Chrome/53.0.2785.143 Safari/537.36",
                            "Mozilla/5.0 (iPhone; CPU iPhone OS 10_0_2 like Mac OS X) AppleWebKit/601.1 (KHTML, like"
                                    + " Gecko) CriOS/53.0.2785.109 Mobile/14A456 Safari/601.1.46")),
            Map.entry("Accept-Encoding", List.of("gzip, deflate")),
            Map.entry("Connection", List.of("keep-alive")),
            Map.entry("Pragma", List.of("no-cache")));

    private static final Map<String, List<String>> RESPONSE_HEADERS = ordered(
            Map.entry("Content-Type", List.of("application/octet-stream", "video/mpeg")),
            Map.entry("Transfer-Encoding", List.of("chunked")),
            Map.entry("Connection", List.of("keep-alive")),
            Map.entry("Pragma", List.of("no-cache")),
            Map.entry("Cache-Control", List.of("private", "no-cache")));

    private DisguiseReader() {}

    @SafeVarargs
    private static Map<String, List<String>> ordered(Map.Entry<String, List<String>>... entries) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        for (Map.Entry<String, List<String>> one : entries) {
            all.put(one.getKey(), one.getValue());
        }
        return all;
    }

    /** @param header the object with {@code request} and {@code response} */
    static HttpDisguise read(Fields header, HttpText text) {
        Fields request = message(header, "request", text);
        Fields response = message(header, "response", text);
        HttpDisguise read = new HttpDisguise(
                word(request, "method", "GET", text),
                word(request, "version", "1.1", text),
                paths(request, text),
                headers(request, REQUEST_HEADERS, text),
                word(response, "version", "1.1", text),
                word(response, "status", "200", text),
                word(response, "reason", "OK", text),
                headers(response, RESPONSE_HEADERS, text));
        request.finish();
        response.finish();
        return read;
    }

    private static Fields message(Fields header, String key, HttpText text) {
        Fields message = header.object(key);
        return message == null ? Fields.none(header.spot(), text.report()) : message;
    }

    private static String word(Fields message, String key, String otherwise, HttpText text) {
        String word = message.text(key);
        return word.isEmpty() ? otherwise : text.line(message.spotOf(key), word);
    }

    private static List<String> paths(Fields request, HttpText text) {
        List<String> paths = lines(request.texts("path"), text);
        return paths.isEmpty() ? List.of("/") : paths;
    }

    /** In byte order of the names; giving any replaces all that are sent otherwise. */
    private static Map<String, List<String>> headers(
            Fields message, Map<String, List<String>> otherwise, HttpText text) {
        Fields headers = message.object("headers");
        Map<String, List<String>> all = new TreeMap<>();
        if (headers != null) {
            headers.each(member -> {
                List<String> values = lines(headers.asTexts(member.value()), text);
                all.put(text.name(member), values.isEmpty() ? List.of("") : values);
            });
        }
        return all.isEmpty() ? otherwise : all;
    }

    private static List<String> lines(List<Json.Text> texts, HttpText text) {
        return texts.stream().map(one -> text.line(one.spot(), one.value())).toList();
    }
}
