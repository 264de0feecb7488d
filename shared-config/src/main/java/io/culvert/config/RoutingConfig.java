package io.culvert.config;

import io.culvert.model.Network;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The {@code routing} section. */
public record RoutingConfig(DomainStrategy domainStrategy, List<Rule> rules) {
    public static final RoutingConfig EMPTY = new RoutingConfig(DomainStrategy.AS_IS, List.of());

    public RoutingConfig {
        rules = List.copyOf(rules);
    }

    public enum DomainStrategy {
        AS_IS,
        IP_IF_NON_MATCH,
        IP_ON_DEMAND
    }

    /**
     * One rule: every list that is not empty must match, one entry of it is enough (wire-formats section 17.2).
     *
     * @param domains as written: {@code keyword:}, {@code regexp:}, {@code domain:}, {@code full:}, {@code dotless:},
     *     {@code geosite:}, {@code ext:} or no prefix; syntax already checked
     * @param ips as written: an address, a CIDR, {@code geoip:}, {@code ext:}; syntax already checked
     * @param sources like {@code ips}
     * @param networks empty: not a condition
     * @param outboundTag the outbound, or null where a balancer chooses
     */
    public record Rule(
            List<String> domains,
            List<String> ips,
            List<PortRange> ports,
            List<PortRange> sourcePorts,
            Set<Network> networks,
            List<String> sources,
            List<String> users,
            List<String> inboundTags,
            List<String> protocols,
            @Nullable String attrs,
            @Nullable String outboundTag,
            @Nullable String balancerTag,
            Position position) {
        public Rule {
            domains = List.copyOf(domains);
            ips = List.copyOf(ips);
            ports = List.copyOf(ports);
            sourcePorts = List.copyOf(sourcePorts);
            networks = Set.copyOf(networks);
            sources = List.copyOf(sources);
            users = List.copyOf(users);
            inboundTags = List.copyOf(inboundTags);
            protocols = List.copyOf(protocols);
        }
    }
}
