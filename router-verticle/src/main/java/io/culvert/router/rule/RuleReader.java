package io.culvert.router.rule;

import io.culvert.config.RoutingConfig;
import io.culvert.model.Cidr;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes rules from their configuration: the one place that knows which field becomes which {@link Condition}. */
public final class RuleReader {
    private final GeoSource geo;

    /** @param geo where named lists come from */
    public RuleReader(GeoSource geo) {
        this.geo = geo;
    }

    /**
     * Reads a rule. The conditions stand in the order of their cost, the cheapest first.
     *
     * @throws IllegalArgumentException for what the loader of the configuration lets nobody run: a rule without a condition
     *     or without an outbound, a list that {@code geo} does not have, {@code attrs}
     */
    public Rule read(RoutingConfig.Rule rule) {
        if (rule.attrs() != null) {
            throw unsupported(rule, "attrs");
        }
        String outboundTag = rule.outboundTag();
        if (outboundTag == null) {
            throw unsupported(rule, "a balancer");
        }
        List<Condition> conditions = new ArrayList<>();
        if (!rule.networks().isEmpty()) {
            conditions.add(new Condition.NetworkIs(rule.networks()));
        }
        if (!rule.ports().isEmpty()) {
            conditions.add(new Condition.TargetPort(rule.ports()));
        }
        if (!rule.sourcePorts().isEmpty()) {
            conditions.add(new Condition.SourcePort(rule.sourcePorts()));
        }
        if (!rule.inboundTags().isEmpty()) {
            conditions.add(new Condition.InboundTag(named(rule.inboundTags())));
        }
        if (!rule.users().isEmpty()) {
            conditions.add(new Condition.UserIs(named(rule.users())));
        }
        if (!rule.protocols().isEmpty()) {
            conditions.add(new Condition.ProtocolPrefix(List.copyOf(named(rule.protocols()))));
        }
        if (!rule.sources().isEmpty()) {
            conditions.add(new Condition.SourceIp(networks(rule.sources())));
        }
        if (!rule.ips().isEmpty()) {
            conditions.add(new Condition.TargetIp(networks(rule.ips())));
        }
        if (!rule.domains().isEmpty()) {
            conditions.add(new Condition.TargetDomain(domains(rule.domains())));
        }
        return new Rule(conditions, outboundTag, rule.position());
    }

    private IpRanges networks(List<String> entries) {
        List<Cidr> networks = new ArrayList<>();
        for (String entry : entries) {
            if (GeoSource.isNetworkList(entry)) {
                networks.addAll(geo.networks(entry));
            } else {
                networks.add(Cidr.parse(entry));
            }
        }
        return IpRanges.of(networks);
    }

    private DomainMatcher domains(List<String> entries) {
        List<DomainEntry> domains = new ArrayList<>();
        for (String entry : entries) {
            if (GeoSource.isDomainList(entry)) {
                domains.addAll(geo.domains(entry));
            } else {
                domains.add(DomainEntry.parse(entry));
            }
        }
        return new DomainMatcher(domains);
    }

    /** An empty entry matches nothing in V2Ray, not even an inbound or a user without a name. */
    private static Set<String> named(List<String> entries) {
        Set<String> named = new HashSet<>(entries);
        named.remove("");
        return named;
    }

    private static IllegalArgumentException unsupported(RoutingConfig.Rule rule, String what) {
        return new IllegalArgumentException(rule.position() + " needs " + what);
    }
}
