package io.culvert.config.reader;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code dns} section: checked only, a later version brings it. */
final class DnsReader {
    private final Report report;
    private final GeoRules geo;

    DnsReader(Report report) {
        this.report = report;
        // What the entries need is reported for the section as a whole.
        this.geo = new GeoRules(report);
    }

    /**
     * Checks the section.
     *
     * @param asked whether anything in the configuration resolves names through it
     */
    void read(@Nullable Fields dns, boolean asked) {
        if (dns == null) {
            return;
        }
        clientIp(dns);
        dns.text("tag");
        boolean system = true;
        for (Json server : dns.list("servers")) {
            system &= server instanceof Json.Text(Spot spot, String name) && name.equalsIgnoreCase("localhost");
            server(dns, server, asked);
        }
        boolean hosts = hosts(dns, asked);
        if (asked && (!system || hosts)) {
            report.unsupported(dns.spot(), "the dns section, which is asked for names here,");
        } else {
            report.withoutEffect(dns.spot(), "the dns section");
        }
        dns.know("queryStrategy", "disableCache", "disableFallback", "disableFallbackIfMatch", "cacheStrategy");
        dns.know("domainMatcher", "fakedns", "useSystemHosts", "serveStale");
        dns.finish();
    }

    private void server(Fields dns, Json server, boolean asked) {
        if (server instanceof Json.Text) {
            return;
        }
        Fields fields = dns.asObject(server);
        if (fields == null) {
            return;
        }
        if (fields.textOrNull("address") == null) {
            report.error(fields.spotOf("address"), "NameServer address is not specified.");
        }
        fields.number("port", 0, Fields.UINT16, 0);
        clientIp(fields);
        for (Json.Text domain : fields.texts("domains")) {
            domain(domain, asked);
        }
        for (Json.Text ip : fields.texts("expectIps")) {
            if (asked || !isList(ip.value())) {
                geo.ip(ip);
            }
        }
        fields.know("skipFallback", "queryStrategy", "tag", "fakedns", "unexpectedIPs", "timeoutMs", "finalQuery");
        fields.finish();
    }

    /** Lists of files matter only where the section does. */
    private void domain(Json.Text domain, boolean asked) {
        if (asked || !isList(domain.value())) {
            geo.domain(domain);
        }
    }

    private static boolean isList(String entry) {
        return List.of("geosite:", "geoip:", "ext:", "ext-domain:", "ext-ip:").stream()
                .anyMatch(entry::startsWith);
    }

    private void clientIp(Fields fields) {
        Json.Text ip = fields.textNode("clientIp");
        if (ip != null && Hosts.ip(ip.value()) == null) {
            report.error(ip.spot(), "not an IP address: " + Words.quoted(ip.value()));
        }
    }

    private boolean hosts(Fields dns, boolean asked) {
        Fields hosts = dns.object("hosts");
        if (hosts == null) {
            return false;
        }
        boolean[] any = {false};
        hosts.each(member -> {
            any[0] = true;
            if (!member.key().isEmpty()) {
                domain(new Json.Text(member.keySpot(), member.key()), asked);
            }
            // One address; later versions also take a list of them.
            if (member.value() instanceof Json.Arr list) {
                list.items().forEach(hosts::asText);
            } else {
                hosts.asText(member.value());
            }
        });
        return any[0];
    }
}
