package io.culvert.config.reader;

import io.culvert.config.TransportSettings.Grpc;
import io.culvert.config.TransportSettings.Http2;
import io.culvert.config.TransportSettings.HttpUpgrade;
import io.culvert.config.TransportSettings.WebSocket;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the transports that look like HTTP. 4.34 knows paths, hosts and the headers of WebSocket; the other keys
 * are those of V2Ray 5 and Xray. {@code trustForwardedFor} is Culvert's own: false keeps the socket's address as the
 * client's, where 4.34 always believes the header.
 */
final class HttpTransports {
    /** Where Xray, and clients that write {@code ?ed=}, put early data. */
    private static final String EARLY_DATA_HEADER = "Sec-WebSocket-Protocol";

    private final Report report;

    HttpTransports(Report report) {
        this.report = report;
    }

    /** How many bytes go early, and into which header. */
    private record Early(String path, int bytes, String header) {}

    /** @param chosen whether the transport is in use */
    WebSocket ws(@Nullable Fields ws, boolean chosen) {
        if (ws == null) {
            return new WebSocket("/", Map.of(), 0, "", true);
        }
        HttpText text = new HttpText(report, chosen);
        Map<String, String> headers = text.headers(ws, false);
        String host = text.line(ws.spotOf("host"), ws.text("host"));
        if (!host.isEmpty()) {
            headers.put("Host", host);
        }
        Early early = early(ws, text, EARLY_DATA_HEADER);
        int heartbeat = (int) ws.number("heartbeatPeriod", 0, Integer.MAX_VALUE, 0);
        ws.withoutEffect("useBrowserForwarding");
        WebSocket read = new WebSocket(early.path, headers, early.bytes, early.header, trust(ws), heartbeat);
        ws.finish();
        return read;
    }

    /** @param chosen whether the transport is in use */
    HttpUpgrade upgrade(@Nullable Fields upgrade, boolean chosen) {
        if (upgrade == null) {
            return new HttpUpgrade("/", "", Map.of(), 0, "", true);
        }
        HttpText text = new HttpText(report, chosen);
        Map<String, String> headers = text.headers(upgrade, false);
        String inHeaders = headers.remove("Host");
        String host = text.line(upgrade.spotOf("host"), upgrade.text("host"));
        Early early = early(upgrade, text, "");
        HttpUpgrade read = new HttpUpgrade(
                early.path,
                host.isEmpty() && inHeaders != null ? inHeaders : host,
                headers,
                early.bytes,
                early.header,
                trust(upgrade));
        upgrade.finish();
        return read;
    }

    /**
     * The path, and early data by {@code maxEarlyData} and {@code earlyDataHeaderName} (V2Ray 5) or else by {@code ?ed=} in
     * the path (Xray), which is taken out of it either way.
     *
     * @param header where early data of the second kind goes
     */
    private Early early(Fields settings, HttpText text, String header) {
        String written = text.path(settings.spotOf("path"), settings.text("path"));
        int most = (int) settings.number("maxEarlyData", 0, Integer.MAX_VALUE, 0);
        String name = text.line(settings.spotOf("earlyDataHeaderName"), settings.text("earlyDataHeaderName"));
        int query = written.indexOf('?');
        if (query < 0) {
            return new Early(written, most, name);
        }
        StringBuilder path = new StringBuilder(written.substring(0, query));
        int inPath = 0;
        char mark = '?';
        for (String one : written.substring(query + 1).split("&", -1)) {
            if (one.startsWith("ed=")) {
                inPath = earlyBytes(settings, one.substring("ed=".length()));
            } else if (!one.isEmpty()) {
                path.append(mark).append(one);
                mark = '&';
            }
        }
        return most > 0 || inPath == 0
                ? new Early(path.toString(), most, name)
                : new Early(path.toString(), inPath, header);
    }

    private int earlyBytes(Fields settings, String number) {
        Long bytes = Fields.integer(number);
        if (bytes == null || bytes < 0 || bytes > Integer.MAX_VALUE) {
            report.warning(
                    settings.spotOf("path"),
                    "\"ed=\" in the path is the most bytes of early data, and " + Words.quoted(number)
                            + " is none: nothing is sent early");
            return 0;
        }
        return bytes.intValue();
    }

    /** @param chosen whether the transport is in use */
    Http2 http2(@Nullable Fields http, boolean chosen) {
        if (http == null) {
            return new Http2(List.of(), "/", "PUT", Map.of(), true);
        }
        HttpText text = new HttpText(report, chosen);
        List<String> hosts = http.texts("host").stream()
                .filter(one -> !one.value().isEmpty())
                .map(one -> text.line(one.spot(), one.value()))
                .toList();
        String method = text.line(http.spotOf("method"), http.text("method"));
        Http2 read = new Http2(
                hosts,
                text.path(http.spotOf("path"), http.text("path")),
                method.isEmpty() ? "PUT" : method,
                text.headers(http, true),
                trust(http));
        // Every connection is probed by times of our own.
        http.withoutEffect("read_idle_timeout", "health_check_timeout");
        http.finish();
        return read;
    }

    /** @param chosen whether the transport is in use */
    Grpc grpc(@Nullable Fields grpc, boolean chosen) {
        if (grpc == null) {
            return new Grpc("", false, "");
        }
        HttpText text = new HttpText(report, chosen);
        Grpc read = new Grpc(
                text.line(grpc.spotOf("serviceName"), grpc.text("serviceName")),
                grpc.flag("multiMode"),
                text.line(grpc.spotOf("authority"), grpc.text("authority")));
        grpc.withoutEffect(
                "idle_timeout", "health_check_timeout", "permit_without_stream", "initial_windows_size", "user_agent");
        grpc.finish();
        return read;
    }

    private static boolean trust(Fields settings) {
        return !Boolean.FALSE.equals(settings.flagOrNull("trustForwardedFor"));
    }
}
