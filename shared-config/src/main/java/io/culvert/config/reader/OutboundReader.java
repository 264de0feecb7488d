package io.culvert.config.reader;

import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.model.Address;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One element of {@code outbounds}. */
final class OutboundReader {
    private static final int MAX_MUX_CONCURRENCY = 1024;

    private final Report report;
    private final StreamReader streams;
    private final OutboundProtocols protocols;

    OutboundReader(Report report, StreamReader streams) {
        this.report = report;
        this.streams = streams;
        this.protocols = new OutboundProtocols(report);
    }

    OutboundConfig read(Fields outbound) {
        Fields given = outbound.object("settings");
        Fields settings = given != null ? given : Fields.none(outbound.spot(), report);
        StreamConfig stream = streams.read(outbound, false);
        OutboundSettings read = protocols.read(outbound.text("protocol"), outbound.spotOf("protocol"), settings);
        OutboundConfig config = new OutboundConfig(
                outbound.text("tag"),
                nodes(outbound),
                sendThrough(outbound),
                read,
                stream,
                outbound.spot().position());
        proxySettings(outbound);
        mux(outbound);
        String strategy = outbound.text("targetStrategy");
        if (!strategy.isEmpty() && !strategy.equalsIgnoreCase("AsIs")) {
            report.unsupported(outbound.spotOf("targetStrategy"), "\"targetStrategy\" of an outbound");
        }
        StreamSense.outbound(outbound, config, report);
        warnOfNameless(outbound, config);
        outbound.finish();
        return config;
    }

    private static List<String> nodes(Fields outbound) {
        return outbound.texts("nodes").stream().map(Json.Text::value).toList();
    }

    private @Nullable InetAddress sendThrough(Fields outbound) {
        Json.Text text = outbound.textNode("sendThrough");
        if (text == null) {
            return null;
        }
        Address.Ip ip = Hosts.ip(text.value());
        if (ip == null) {
            report.error(
                    text.spot(),
                    "unable to send through: " + Words.quoted(text.value())
                            + "; expected an IP address of this machine");
            return null;
        }
        return ip.value().isAnyLocalAddress() ? null : ip.value();
    }

    private void proxySettings(Fields outbound) {
        Fields proxy = outbound.object("proxySettings");
        if (proxy == null) {
            return;
        }
        if (proxy.text("tag").isEmpty()) {
            report.error(proxy.spotOf("tag"), "invalid outbound detour proxy settings: Proxy tag is not set.");
        } else {
            report.unsupported(proxy.spot(), "going through another outbound (\"proxySettings\")");
        }
        proxy.know("transportLayer");
        proxy.finish();
    }

    /**
     * Mux. Servers take sessions without it just as well; but the operator chose to show one connection instead of
     * many, so it is not left out in silence.
     */
    private void mux(Fields outbound) {
        Fields mux = outbound.object("mux");
        if (mux == null) {
            return;
        }
        boolean enabled = mux.flag("enabled");
        long concurrency = mux.number("concurrency", Short.MIN_VALUE, Short.MAX_VALUE, 0);
        if (concurrency > MAX_MUX_CONCURRENCY) {
            report.error(
                    mux.spotOf("concurrency"),
                    "invalid mux concurrency: " + concurrency + "; expected at most " + MAX_MUX_CONCURRENCY);
        }
        if (enabled && concurrency >= 0) {
            report.unsupported(mux.spot(), "mux");
        }
        mux.know("xudpConcurrency", "xudpProxyUDP443");
        mux.finish();
    }

    /** A TLS client checks a name; where the server is given by its address somebody must say which (section 14.2). */
    private void warnOfNameless(Fields outbound, OutboundConfig config) {
        if (!(config.stream().security() instanceof SecuritySettings.Tls tls)
                || tls.serverName() != null
                || !tls.checksName()) {
            return;
        }
        if (servers(config.settings()).anyMatch(Address.Ip.class::isInstance)) {
            report.warning(
                    outbound.spotOf("streamSettings"),
                    "a server is given by its IP address: without \"serverName\" in tlsSettings its certificate cannot be"
                            + " checked and no connection is made");
        }
    }

    private static Stream<Address> servers(OutboundSettings settings) {
        return switch (settings) {
            case OutboundSettings.Vmess(List<OutboundSettings.VmessServer> servers) ->
                servers.stream().map(OutboundSettings.VmessServer::address);
            case OutboundSettings.Vless(List<OutboundSettings.VlessServer> servers) ->
                servers.stream().map(OutboundSettings.VlessServer::address);
            case OutboundSettings.Socks(List<OutboundSettings.ProxyServer> servers) ->
                servers.stream().map(OutboundSettings.ProxyServer::address);
            case OutboundSettings.Http(List<OutboundSettings.ProxyServer> servers) ->
                servers.stream().map(OutboundSettings.ProxyServer::address);
            case OutboundSettings.Freedom _, OutboundSettings.Blackhole _, OutboundSettings.Unbuilt _ -> Stream.empty();
        };
    }
}
