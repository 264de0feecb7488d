package io.culvert.config.reader;

import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.TransportSettings;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code streamSettings}, and the {@code transport} section that fills in what they leave out. */
final class StreamReader {
    private static final List<String> SECURITIES = List.of("none", "tls");
    private static final List<String> ELSEWHERE =
            List.of("xhttp", "splithttp", "hysteria", "hysteria2", "meek", "mekya", "dtls", "tlsmirror", "request");

    /** Settings of what is named in an error, or not chosen. */
    private static final List<String> OTHER_SETTINGS =
            List.of("xtlsSettings", "realitySettings", "xhttpSettings", "splithttpSettings", "hysteriaSettings");

    /** Keys by which others choose a transport. Read over, they would leave plain TCP. */
    private static final List<String> TRANSPORT_ELSEWHERE =
            List.of("method", "transport", "transportProtocol", "net", "type", "protocol");

    /** Keys by which others choose what protects the bytes. Read over, they would leave plain text. */
    private static final List<String> SECURITY_ELSEWHERE =
            List.of("tls", "xtls", "reality", "secure", "encryption", "securityType");

    /** Keys by which Xray changes every byte on the wire, under whatever transport. */
    private static final List<String> MASKS_ELSEWHERE = List.of("finalmask", "tcpmasks", "udpmasks");

    private final TransportReader transports;
    private final TlsReader tls;
    private final SockoptReader sockopts;
    private final @Nullable Fields global;
    private final Report report;

    /** @param global the {@code transport} section, or null */
    StreamReader(@Nullable Fields global, Environment environment, Report report) {
        this.global = global;
        this.report = report;
        this.transports = new TransportReader(global, report);
        this.tls = new TlsReader(environment, report);
        this.sockopts = new SockoptReader(report);
    }

    /**
     * Reads the settings of one inbound or outbound.
     *
     * @param owner the inbound or outbound
     */
    StreamConfig read(Fields owner, boolean inbound) {
        Fields stream = owner.object("streamSettings");
        if (stream == null) {
            if (global == null) {
                return StreamConfig.RAW;
            }
            stream = Fields.none(owner.spot(), report);
        }
        TransportReader.Read transport = transport(stream);
        SecuritySettings security = security(stream, inbound);
        SockoptConfig sockopt = sockopts.read(stream.object("sockopt"));
        if (inbound && transport.proxyProtocol() != null) {
            sockopt = sockopt.withProxyProtocol(); // V2Ray looks at one of the two places, by the transport
        } else if (transport.proxyProtocol() != null) {
            report.warning(transport.proxyProtocol(), "\"acceptProxyProtocol\" means nothing on an outbound");
        }
        decisive(stream);
        stream.withoutEffect(OTHER_SETTINGS.toArray(String[]::new));
        stream.finish();
        return new StreamConfig(transport.settings(), security, sockopt);
    }

    private void decisive(Fields stream) {
        TRANSPORT_ELSEWHERE.forEach(key -> refuse(stream, key, "the transport is chosen by \"network\""));
        SECURITY_ELSEWHERE.forEach(key -> refuse(stream, key, "TLS is chosen by \"security\": \"tls\""));
        MASKS_ELSEWHERE.forEach(key -> refuse(stream, key, "Culvert has no such disguise of Xray's"));
    }

    private void refuse(Fields stream, String key, String instead) {
        if (stream.asks(key)) {
            report.error(stream.spotOf(key), "no key of \"streamSettings\" here: " + instead);
        }
    }

    /** Warns of unknown keys of the {@code transport} section itself. */
    void finish() {
        if (global != null) {
            global.know(TransportReader.KEYS.toArray(String[]::new));
            global.finish();
        }
    }

    private TransportReader.Read transport(Fields stream) {
        String written = stream.text("network");
        Network network = stream.has("network") ? Network.of(written) : Network.TCP;
        TransportReader.Read read = transports.read(stream, network, written);
        Spot spot = stream.spotOf("network");
        if (network == null) {
            String word = written.toLowerCase(Locale.ROOT);
            report.error(
                    spot,
                    "unknown transport protocol: " + Words.quoted(written)
                            + (ELSEWHERE.contains(word)
                                    ? " belongs to Xray or V2Ray 5, and Culvert has none"
                                    : Words.didYouMean(word, Network.WORDS)));
        } else if (read.settings() instanceof TransportSettings.Raw raw && raw.disguise() != null) {
            if (!Network.TCP_HTTP.isBuilt()) {
                report.unsupported(spot, "the HTTP disguise of the tcp transport");
            }
        } else if (!network.isBuilt()) {
            report.unsupported(spot, "the transport " + Words.quoted(written));
        }
        return read;
    }

    private SecuritySettings security(Fields stream, boolean inbound) {
        String written = stream.text("security");
        String word = written.toLowerCase(Locale.ROOT);
        boolean on = word.equals("tls");
        Fields settings = stream.object("tlsSettings");
        Spot where = on ? stream.spotOf("security") : stream.spot();
        SecuritySettings.Tls read = tls.read(settings, where, on, inbound);
        if (on) {
            return read;
        }
        Spot spot = stream.spotOf("security");
        switch (word) {
            case "", "none" -> {
                if (settings != null && word.isEmpty()) {
                    report.warning(
                            settings.spot(),
                            "without \"security\": \"tls\" these settings have no effect: no TLS is used");
                }
            }
            case "xtls" ->
                report.error(
                        spot,
                        "XTLS is not built; V2Ray 4.33 and later would send everything in plain text. Use \"tls\"");
            case "reality" -> report.error(spot, "REALITY is Xray's and not built; use \"tls\"");
            default ->
                report.error(
                        spot,
                        Words.quoted(written) + " is not a security; V2Ray would send everything in plain text"
                                + Words.didYouMean(word, SECURITIES) + " (known: none, tls)");
        }
        return new SecuritySettings.None();
    }
}
