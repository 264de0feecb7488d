package io.culvert.config.reader;

import io.culvert.config.PortRange;
import io.culvert.config.RoutingConfig.Rule;
import io.culvert.model.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One routing rule (wire-formats section 17.2). */
final class RuleReader {
    private final Report report;
    private final Ports ports;
    private final GeoRules geo;
    private final Tags tags;
    private final Set<String> balancers;
    private final boolean labelled;

    /**
     * @param balancers the tags of the balancers
     * @param labelled whether any inbound learns the protocol of its sessions, by sniffing or by itself
     */
    RuleReader(Report report, Environment environment, Tags tags, Set<String> balancers, boolean labelled) {
        this.report = report;
        this.ports = new Ports(environment, report);
        this.geo = new GeoRules(report);
        this.tags = tags;
        this.balancers = balancers;
        this.labelled = labelled;
    }

    /** The rule, or null where it is wrong or can never match; the report says so. */
    @Nullable
    Rule read(Fields rule) {
        String type = rule.text("type");
        if (!type.isEmpty() && !type.equalsIgnoreCase("field")) {
            report.error(
                    rule.spotOf("type"),
                    "unknown router rule type: " + Words.quoted(type) + "; only \"field\" exists since V2Ray 4");
            return null;
        }
        long errorsBefore = report.errors();
        Target target = target(rule);
        List<String> domains = new ArrayList<>();
        for (String key : List.of("domain", "domains")) {
            for (Json.Text entry : rule.texts(key)) {
                geo.domain(entry);
                domains.add(entry.value());
            }
        }
        List<PortRange> port = ports(rule, "port");
        List<PortRange> sourcePort = ports(rule, "sourcePort");
        List<String> sources = new ArrayList<>(ips(rule, "source"));
        sources.addAll(ips(rule, "sourceIP"));
        Set<Network> networks = InboundProtocols.Networks.read(rule, "network", report);
        boolean neverMatches = networks.isEmpty() && !rule.texts("network").isEmpty();
        List<Json.Text> inboundTags = rule.texts("inboundTag");
        inboundTags.forEach(this::checkInbound);
        Rule read = new Rule(
                domains,
                ips(rule, "ip"),
                port,
                sourcePort,
                networks,
                sources,
                rule.strings("user"),
                inboundTags.stream().map(Json.Text::value).toList(),
                protocols(rule),
                attrs(rule),
                target.outbound,
                target.balancer,
                rule.spot().position());
        boolean more = elsewhere(rule);
        // A faulty condition was a condition: one error is enough.
        if (!more && !neverMatches && isEmpty(read) && report.errors() == errorsBefore) {
            report.error(rule.spot(), "this rule has no effective fields: it needs at least one condition");
        }
        if (Boolean.FALSE.equals(rule.flagOrNull("enabled"))) {
            report.warning(rule.spotOf("enabled"), "no key of a rule: it counts all the same, as in V2Ray");
        }
        rule.know("ruleTag", "domainMatcher");
        rule.finish();
        return neverMatches ? null : read;
    }

    private record Target(
            @Nullable String outbound, @Nullable String balancer) {}

    private Target target(Fields rule) {
        Json.Text outbound = rule.textNode("outboundTag");
        Json.Text balancer = rule.textNode("balancerTag");
        if (outbound != null && !outbound.value().isEmpty()) {
            rule.beside("outboundTag", "balancerTag");
            if (!tags.outbounds().contains(outbound.value())) {
                report.warning(
                        outbound.spot(),
                        Words.quoted(outbound.value()) + " names no outbound, the default outbound is used"
                                + Words.didYouMean(outbound.value(), tags.outbounds()));
            }
            return new Target(outbound.value(), null);
        }
        if (balancer != null && !balancer.value().isEmpty()) {
            if (balancers.contains(balancer.value())) {
                report.unsupported(balancer.spot(), "a balancer");
            } else {
                report.error(
                        balancer.spot(),
                        "balancer " + Words.quoted(balancer.value()) + " not found"
                                + Words.didYouMean(balancer.value(), balancers));
            }
            return new Target(null, balancer.value());
        }
        report.error(rule.spot(), "neither outboundTag nor balancerTag is specified in routing rule");
        return new Target(null, null);
    }

    private void checkInbound(Json.Text tag) {
        if (!tags.inbounds().contains(tag.value())) {
            report.warning(
                    tag.spot(),
                    Words.quoted(tag.value()) + " names no inbound" + Words.didYouMean(tag.value(), tags.inbounds()));
        }
    }

    private List<PortRange> ports(Fields rule, String key) {
        Json value = rule.value(key);
        return value == null ? List.of() : ports.list(value);
    }

    private List<String> ips(Fields rule, String key) {
        List<String> all = new ArrayList<>();
        for (Json.Text entry : rule.texts(key)) {
            String ip = geo.ip(entry);
            if (ip != null) {
                all.add(ip);
            }
        }
        return all;
    }

    /** A label comes from sniffing or from the HTTP inbound; where neither is, the rule cannot match and does no harm. */
    private List<String> protocols(Fields rule) {
        List<String> protocols = rule.strings("protocol");
        if (!protocols.isEmpty()) {
            if (labelled) {
                report.unsupported(rule.spotOf("protocol"), "a rule by sniffed protocol");
            } else {
                report.warning(rule.spotOf("protocol"), "no inbound sniffs, so this rule never matches");
            }
        }
        return protocols;
    }

    private @Nullable String attrs(Fields rule) {
        Json value = rule.value("attrs");
        if (value == null || (value instanceof Json.Text(Spot spot, String text) && text.isEmpty())) {
            return null;
        }
        report.unsupported(value.spot(), "a rule by attributes");
        if (value instanceof Json.Obj) {
            return ""; // Xray's form: a pattern for each attribute
        }
        return rule.text("attrs");
    }

    /** Conditions that only Xray knows: without them the rule would match more than it should. */
    private boolean elsewhere(Fields rule) {
        boolean any = false;
        for (String key : List.of("localIP", "localPort", "process", "vlessRoute")) {
            if (rule.has(key)) {
                report.unsupported(rule.spotOf(key), "a rule by " + Words.quoted(key));
                any = true;
            }
        }
        return any;
    }

    private static boolean isEmpty(Rule rule) {
        return rule.domains().isEmpty()
                && rule.ips().isEmpty()
                && rule.ports().isEmpty()
                && rule.sourcePorts().isEmpty()
                && rule.networks().isEmpty()
                && rule.sources().isEmpty()
                && rule.users().isEmpty()
                && rule.inboundTags().isEmpty()
                && rule.protocols().isEmpty()
                && rule.attrs() == null;
    }
}
