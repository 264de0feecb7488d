package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.ingress.protocol.HeadBudget;
import io.culvert.transport.channel.LimitRefusals;
import io.culvert.transport.channel.LimitRefusals.Limit;
import io.culvert.transport.h2.Http2Limits;
import io.culvert.transport.link.LinkLimits;
import io.culvert.transport.quic.QuicLimits;
import io.culvert.wire.h2.FrameBudget;
import java.util.Locale;
import java.util.function.LongFunction;

/** What single connections of a node are limited to: what is counted and said of that. */
final class ConnectionCounters {
    private ConnectionCounters() {}

    static void register(Metrics metrics) {
        for (Limit limit : Limit.values()) {
            metrics.count(
                    "culvert.limit.refused",
                    "Connections, streams and requests that a limit of connections has refused",
                    () -> LimitRefusals.sum(limit),
                    "limit",
                    limit.text());
        }
        metrics.gauge(
                "culvert.http.heads.bytes",
                "Bytes of HTTP request heads that are still coming, beyond 8 KiB each",
                HeadBudget.NODE::held);
        metrics.count(
                "culvert.http.heads.refused",
                "HTTP requests refused because heads of others took all that they may",
                HeadBudget.NODE::refused);
    }

    /** The limits, for the log of the start. */
    static String limits() {
        return String.format(
                Locale.ROOT,
                "limits: an HTTP/2 connection: %d streams, %d bytes of header fields a request, %d frames without payload a"
                        + " second, %d resets and %d faulty streams in %d s; %d QUIC handshakes a socket; %d MiB of HTTP request"
                        + " heads",
                Http2Limits.MAX_STREAMS,
                Http2Limits.MAX_HEADER_LIST,
                FrameBudget.PER_SECOND,
                Http2Limits.RESETS,
                Http2Limits.FAULTY_STREAMS,
                Http2Limits.RESET_WINDOW_SECONDS,
                QuicLimits.MOST_HANDSHAKING,
                HeadBudget.MOST_BYTES >> 20);
    }

    /** Has refusals said. */
    static void watch(RefusalLog log) {
        for (Limit limit : Limit.values()) {
            log.watch(() -> LimitRefusals.sum(limit), words(limit));
        }
        log.watch(
                HeadBudget.NODE::refused,
                count -> (HeadBudget.MOST_BYTES >> 20) + " MiB of HTTP request heads that are still coming, the limit: "
                        + count + " refused");
    }

    private static LongFunction<String> words(Limit limit) {
        return switch (limit) {
            case HTTP2_FRAMES ->
                count -> FrameBudget.PER_SECOND + " frames without payload a second, or " + Http2Limits.RESETS
                        + " resets or " + Http2Limits.FAULTY_STREAMS + " faulty streams in "
                        + Http2Limits.RESET_WINDOW_SECONDS + " s, the limits of an HTTP/2 connection: " + count
                        + " connections ended";
            case HTTP2_STREAMS ->
                count -> Http2Limits.MAX_STREAMS + " streams at once, the limit of an HTTP/2 connection: " + count
                        + " refused";
            case HTTP2_HEADERS ->
                count -> Http2Limits.MAX_HEADER_LIST + " bytes of header fields, the limit of HTTP/2: " + count
                        + " requests refused";
            case QUIC_HANDSHAKES ->
                count -> QuicLimits.MOST_HANDSHAKING + " QUIC handshakes of a socket at once, the limit: " + count
                        + " first packets of others dropped";
            case LINK_FRAMES ->
                count -> LinkLimits.FRAMES_A_SECOND + " frames without payload a second, the limit of a link: " + count
                        + " connections ended";
        };
    }
}
