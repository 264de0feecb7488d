package io.culvert.config.reader;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of each transport: types, ranges and words as V2Ray checks them, for all settings that are given and not
 * only for those of the chosen transport.
 */
final class TransportReader {
    private static final List<String> PACKET_HEADERS =
            List.of("none", "srtp", "utp", "wechat-video", "dtls", "wireguard");
    private static final List<String> STREAM_HEADERS = List.of("none", "http");
    private static final List<String> QUIC_CIPHERS = List.of("none", "aes-128-gcm", "chacha20-poly1305");

    private final Report report;

    TransportReader(Report report) {
        this.report = report;
    }

    /**
     * What of {@code tcpSettings} this version cannot do.
     *
     * @param disguise where the HTTP disguise is asked for, or null
     * @param proxyProtocol where the PROXY protocol is asked for, or null
     */
    record Tcp(@Nullable Spot disguise, @Nullable Spot proxyProtocol) {
        static final Tcp PLAIN = new Tcp(null, null);
    }

    Tcp tcp(@Nullable Fields tcp) {
        if (tcp == null) {
            return Tcp.PLAIN;
        }
        Fields header = tcp.object("header");
        boolean http = header != null && "http".equals(headerType(header, "TCP", STREAM_HEADERS));
        if (header != null) {
            disguise(header);
        }
        boolean proxy = tcp.flag("acceptProxyProtocol");
        Tcp found = new Tcp(http ? tcp.spotOf("header") : null, proxy ? tcp.spotOf("acceptProxyProtocol") : null);
        tcp.finish();
        return found;
    }

    private void disguise(Fields header) {
        Fields request = header.object("request");
        if (request != null) {
            request.text("version");
            request.text("method");
            request.texts("path");
            disguiseHeaders(request);
        }
        Fields response = header.object("response");
        if (response != null) {
            response.text("version");
            response.text("status");
            response.text("reason");
            disguiseHeaders(response);
        }
        header.finish();
    }

    private static void disguiseHeaders(Fields message) {
        Fields headers = message.object("headers");
        if (headers != null) {
            headers.each(member -> headers.asTexts(member.value()));
        }
        message.finish();
    }

    void kcp(@Nullable Fields kcp) {
        if (kcp == null) {
            return;
        }
        kcp.number("mtu", 576, 1460, 0);
        kcp.number("tti", 10, 100, 0);
        for (String size : List.of("uplinkCapacity", "downlinkCapacity", "readBufferSize", "writeBufferSize")) {
            kcp.number(size, 0, Fields.UINT32, 0);
        }
        kcp.flag("congestion");
        kcp.text("seed");
        packetHeader(kcp, "mKCP");
        kcp.finish();
    }

    void quic(@Nullable Fields quic) {
        if (quic == null) {
            return;
        }
        String security = quic.text("security").toLowerCase(Locale.ROOT);
        if (!security.isEmpty() && !QUIC_CIPHERS.contains(security)) {
            report.error(
                    quic.spotOf("security"),
                    Words.quoted(security) + " is not a cipher of QUIC; V2Ray would encrypt nothing"
                            + Words.didYouMean(security, QUIC_CIPHERS));
        }
        quic.text("key");
        packetHeader(quic, "QUIC");
        quic.finish();
    }

    private void packetHeader(Fields settings, String transport) {
        Fields header = settings.object("header");
        if (header != null) {
            headerType(header, transport, PACKET_HEADERS);
            header.finish();
        }
    }

    private @Nullable String headerType(Fields header, String transport, List<String> words) {
        String type = header.textOrNull("type");
        if (type == null) {
            report.error(header.spotOf("type"), "invalid " + transport + " header config: \"type\" is missing");
            return null;
        }
        String word = type.toLowerCase(Locale.ROOT);
        if (!words.contains(word)) {
            report.error(
                    header.spotOf("type"),
                    "invalid " + transport + " header config: unknown type " + Words.quoted(type)
                            + Words.didYouMean(word, words) + " (known: " + String.join(", ", words) + ")");
        }
        return word;
    }

    /** @return where the PROXY protocol is asked for, or null */
    @Nullable
    Spot ws(@Nullable Fields ws) {
        if (ws == null) {
            return null;
        }
        ws.text("path");
        Fields headers = ws.object("headers");
        if (headers != null) {
            headers.each(member -> headers.asText(member.value()));
        }
        // Later versions have these; they concern the client's handshake only.
        ws.know("host", "maxEarlyData", "earlyDataHeaderName", "useBrowserForwarding", "heartbeatPeriod");
        Spot proxy = ws.flag("acceptProxyProtocol") ? ws.spotOf("acceptProxyProtocol") : null;
        ws.finish();
        return proxy;
    }

    void http(@Nullable Fields http) {
        if (http == null) {
            return;
        }
        http.texts("host");
        http.text("path");
        http.know("method", "headers", "read_idle_timeout", "health_check_timeout");
        http.finish();
    }

    void domainSocket(@Nullable Fields ds) {
        if (ds == null) {
            return;
        }
        ds.text("path");
        ds.flag("abstract");
        ds.flag("padding");
        ds.finish();
    }

    /** The settings that an object may hold for every transport; {@code all} for a look at unknown keys. */
    static final Set<String> KEYS = Set.of(
            "tcpSettings",
            "rawSettings",
            "kcpSettings",
            "wsSettings",
            "httpSettings",
            "dsSettings",
            "quicSettings",
            "grpcSettings",
            "gunSettings");
}
