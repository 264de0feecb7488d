package io.culvert.config.reader;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundConfig.SniffingConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.PortRange;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.model.Network;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One element of {@code inbounds}. */
final class InboundReader {
    private static final String EVERYWHERE = "0.0.0.0";
    private static final List<String> SNIFFED = List.of("http", "tls");
    private static final List<String> SNIFFED_ELSEWHERE = List.of("quic", "fakedns", "fakedns+others");
    private static final List<String> STRATEGIES = List.of("always", "random", "external");
    /** What fits into the address of a unix socket. */
    private static final int MOST_UNIX_NAME = 107;

    private static final int DEFAULT_CONCURRENCY = 3;

    private static final int MOST_UDP_SESSIONS = 1_000_000;

    private final Report report;
    private final Ports ports;
    private final StreamReader streams;
    private final InboundProtocols protocols;

    InboundReader(Report report, Environment environment, StreamReader streams) {
        this.report = report;
        this.ports = new Ports(environment, report);
        this.streams = streams;
        this.protocols = new InboundProtocols(report);
    }

    /**
     * Reads an inbound.
     *
     * @param topPort the port at the top of the file, which the first inbound takes where it has none; or null
     */
    InboundConfig read(Fields inbound, @Nullable PortRange topPort) {
        String listen = listen(inbound);
        PortRange port = port(inbound, listen, topPort);
        allocate(inbound, port);
        Fields given = inbound.object("settings");
        Fields settings = given != null ? given : Fields.none(inbound.spot(), report);
        StreamConfig stream = streams.read(inbound, true);
        InboundSettings read = protocols.read(inbound.text("protocol"), inbound.spotOf("protocol"), settings);
        InboundConfig config = new InboundConfig(
                inbound.text("tag"),
                listen,
                port,
                read,
                stream,
                sniffing(inbound),
                udpSessions(inbound, read),
                inbound.spot().position());
        if (isUnix(listen)
                && (stream.transport() instanceof TransportSettings.Kcp
                        || stream.transport() instanceof TransportSettings.Quic)) {
            report.error(inbound.spotOf("listen"), "a unix socket carries no packets, as this transport needs them");
        }
        StreamSense.inbound(inbound, config, report);
        warnOfExposure(inbound, config);
        inbound.finish();
        return config;
    }

    /** Culvert's own; 4.34 passes it over. */
    private int udpSessions(Fields inbound, InboundSettings settings) {
        Long most = inbound.numberOrNull("udpSessions", 1, MOST_UDP_SESSIONS);
        if (most == null) {
            return 0;
        }
        boolean udp = switch (settings) {
            case InboundSettings.Socks socks -> socks.udp();
            case InboundSettings.Dokodemo dokodemo -> dokodemo.networks().contains(Network.UDP);
            case InboundSettings.Http _, InboundSettings.Vmess _, InboundSettings.Vless _, InboundSettings.Unbuilt _ ->
                false;
        };
        if (!udp) {
            report.warning(inbound.spotOf("udpSessions"), "this inbound has no UDP socket, and so no UDP sessions");
        }
        return most.intValue();
    }

    private String listen(Fields inbound) {
        Json.Text listen = inbound.textNode("listen");
        if (listen == null) {
            return EVERYWHERE;
        }
        String text = listen.value().strip();
        if (text.isEmpty()) {
            report.warning(listen.spot(), "an empty \"listen\" means every address; V2Ray refuses it");
            return EVERYWHERE;
        }
        if (isUnix(text)) {
            unixName(listen, text);
            return text;
        }
        Address.Ip ip = Hosts.ip(text);
        if (ip != null) {
            return ip.text();
        }
        if (text.equals("localhost")) {
            return "127.0.0.1";
        }
        report.error(
                listen.spot(),
                "unable to listen on domain address: " + Words.quoted(text)
                        + "; expected an IP address, a path or \"@name\""
                        + Words.didYouMean(text, List.of("localhost")));
        return EVERYWHERE;
    }

    private void unixName(Json.Text listen, String text) {
        String name = text.replaceFirst("^@@?", "").replaceFirst(",0?[0-7]{3}$", "");
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MOST_UNIX_NAME) {
            report.error(listen.spot(), "the name of a unix socket has 1 to " + MOST_UNIX_NAME + " bytes");
        }
    }

    private static boolean isUnix(String listen) {
        return listen.startsWith("/") || listen.startsWith("@");
    }

    private @Nullable PortRange port(Fields inbound, String listen, @Nullable PortRange topPort) {
        Json value = inbound.value("port");
        PortRange range = value == null ? topPort : ports.range(value);
        if (isUnix(listen)) {
            return null;
        }
        if (value == null && range == null) {
            report.error(
                    inbound.spot(),
                    inbound.has("listen")
                            ? "Listen on specific ip without port in InboundDetour: \"port\" is missing"
                            : "Listen on AnyIP but no Port(s) set in InboundDetour: \"port\" is missing");
        }
        if (range != null && range.from() == 0) {
            report.warning(inbound.spotOf("port"), "port 0 is a random port at every start");
        }
        return range;
    }

    private void allocate(Fields inbound, @Nullable PortRange port) {
        Fields allocate = inbound.object("allocate");
        if (allocate == null) {
            return;
        }
        String strategy = allocate.text("strategy").toLowerCase(Locale.ROOT);
        Long concurrency = allocate.numberOrNull("concurrency", 0, Fields.UINT32);
        allocate.number("refresh", 0, Fields.UINT32, 0);
        switch (strategy) {
            case "always" -> {}
            case "random" -> {
                int available = port == null ? 0 : port.size();
                // V2Ray looks only where the word is in lower case.
                if (concurrency != null
                        && concurrency >= available
                        && allocate.text("strategy").equals(strategy)) {
                    report.error(
                            allocate.spotOf("concurrency"),
                            "not enough ports. concurrency = " + concurrency + ", ports: " + available);
                } else if ((concurrency == null ? DEFAULT_CONCURRENCY : concurrency) >= available) {
                    report.warning(
                            allocate.spot(),
                            "too few ports: with a range, " + DEFAULT_CONCURRENCY
                                    + " or \"concurrency\" of them are open at a time");
                }
                report.unsupported(allocate.spot(), "a random allocation of ports");
            }
            case "external" ->
                report.error(
                        allocate.spotOf("strategy"),
                        "the allocation strategy \"external\" is not built, by V2Ray neither");
            default ->
                report.error(
                        allocate.spotOf("strategy"),
                        "unknown allocation strategy: " + Words.quoted(strategy)
                                + Words.didYouMean(strategy, STRATEGIES));
        }
        allocate.finish();
    }

    /**
     * What sniffing would do. With a {@code destOverride} it changes where sessions go, so this version cannot run it;
     * with an empty one it only names the protocol for rules, and those that ask for it are reported by themselves.
     */
    private SniffingConfig sniffing(Fields inbound) {
        Fields sniffing = inbound.object("sniffing");
        List<Json.Text> old = inbound.texts("domainOverride");
        if (sniffing == null) {
            boolean[] overrides = overrides(old);
            if (!old.isEmpty()) {
                report.unsupported(inbound.spotOf("domainOverride"), "sniffing");
            }
            return old.isEmpty() ? SniffingConfig.OFF : new SniffingConfig(true, overrides[0], overrides[1]);
        }
        inbound.beside("sniffing", "domainOverride");
        boolean enabled = sniffing.flag("enabled");
        List<Json.Text> words = sniffing.texts("destOverride");
        boolean[] overrides = overrides(words);
        for (String elsewhere : List.of("metadataOnly", "routeOnly")) {
            if (sniffing.flag(elsewhere)) {
                report.withoutEffect(sniffing.spotOf(elsewhere), Words.quoted(elsewhere));
            }
        }
        sniffing.texts("domainsExcluded");
        if (enabled && !words.isEmpty()) {
            report.unsupported(sniffing.spot(), "sniffing");
        } else if (enabled) {
            report.withoutEffect(sniffing.spot(), "sniffing");
        }
        sniffing.finish();
        return new SniffingConfig(enabled, overrides[0], overrides[1]);
    }

    private boolean[] overrides(List<Json.Text> words) {
        boolean http = false;
        boolean tls = false;
        for (Json.Text one : words) {
            String word = one.value().toLowerCase(Locale.ROOT);
            switch (word) {
                case "http" -> http = true;
                case "tls", "https", "ssl" -> tls = true;
                default -> {
                    if (SNIFFED_ELSEWHERE.contains(word)) {
                        report.withoutEffect(one.spot(), "sniffing of " + Words.quoted(one.value()));
                    } else {
                        report.error(
                                one.spot(),
                                "unknown protocol: " + Words.quoted(one.value()) + Words.didYouMean(word, SNIFFED)
                                        + " (known: http, tls)");
                    }
                }
            }
        }
        return new boolean[] {http, tls};
    }

    private void warnOfExposure(Fields inbound, InboundConfig config) {
        if (isUnix(config.listen()) || isLoopback(config.listen())) {
            return;
        }
        String what = switch (config.settings()) {
            case InboundSettings.Socks socks
            when !socks.password() && !socks.openProxy() -> "a SOCKS inbound without \"auth\": \"password\"";
            case InboundSettings.Http http
            when http.accounts().isEmpty() && !http.openProxy() -> "an HTTP inbound without accounts";
            case InboundSettings.Vless vless
            when config.stream().security() instanceof SecuritySettings.None && !vless.allowInsecure() ->
                "a VLESS inbound without TLS";
            case InboundSettings.Socks _,
                    InboundSettings.Http _,
                    InboundSettings.Vless _,
                    InboundSettings.Vmess _,
                    InboundSettings.Dokodemo _,
                    InboundSettings.Unbuilt _ -> "";
        };
        if (!what.isEmpty()) {
            String key = config.settings() instanceof InboundSettings.Vless ? "allowInsecure" : "openProxy";
            report.warning(
                    inbound.spotOf("protocol"),
                    what + " on " + config.listen()
                            + " serves only clients from loopback and private networks unless its settings say \"" + key
                            + "\": true");
        }
    }

    private static boolean isLoopback(String listen) {
        Address.Ip ip = Hosts.ip(listen);
        return ip != null && ip.value().isLoopbackAddress();
    }
}
