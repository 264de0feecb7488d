package io.culvert.router;

import io.culvert.config.CulvertConfig;
import io.culvert.config.LogConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.PolicyConfig;
import io.culvert.config.PortRange;
import io.culvert.config.Position;
import io.culvert.config.RoutingConfig;
import io.culvert.config.StreamConfig;
import io.culvert.model.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Configurations for tests: outbounds by their tags, and rules. */
public final class Configs {
    private Configs() {}

    public static CulvertConfig of(List<String> outboundTags, RoutingConfig.Rule... rules) {
        return of(outboundTags, PolicyConfig.ABSENT, rules);
    }

    public static CulvertConfig of(List<String> outboundTags, PolicyConfig policy, RoutingConfig.Rule... rules) {
        List<OutboundConfig> outbounds = new ArrayList<>();
        for (String tag : outboundTags) {
            outbounds.add(new OutboundConfig(
                    tag, null, new OutboundSettings.Blackhole(false), StreamConfig.RAW, Position.NONE));
        }
        RoutingConfig routing = new RoutingConfig(RoutingConfig.DomainStrategy.AS_IS, List.of(rules));
        return new CulvertConfig(LogConfig.ABSENT, List.of(), outbounds, routing, policy, null, List.of());
    }

    /** A rule without a condition yet. */
    public static RuleBuilder rule(@Nullable String outboundTag) {
        return new RuleBuilder(outboundTag);
    }

    /** The fields of a rule, all of them empty until they are set. */
    public static final class RuleBuilder {
        private final @Nullable String outboundTag;
        private List<String> domains = List.of();
        private List<String> ips = List.of();
        private List<PortRange> ports = List.of();
        private List<PortRange> sourcePorts = List.of();
        private Set<Network> networks = Set.of();
        private List<String> sources = List.of();
        private List<String> users = List.of();
        private List<String> inboundTags = List.of();
        private List<String> protocols = List.of();
        private @Nullable String attrs;

        private RuleBuilder(@Nullable String outboundTag) {
            this.outboundTag = outboundTag;
        }

        public RuleBuilder domains(List<String> entries) {
            domains = entries;
            return this;
        }

        public RuleBuilder ips(List<String> entries) {
            ips = entries;
            return this;
        }

        public RuleBuilder ports(List<PortRange> ranges) {
            ports = ranges;
            return this;
        }

        public RuleBuilder sourcePorts(List<PortRange> ranges) {
            sourcePorts = ranges;
            return this;
        }

        public RuleBuilder networks(Set<Network> words) {
            networks = words;
            return this;
        }

        public RuleBuilder sources(List<String> entries) {
            sources = entries;
            return this;
        }

        public RuleBuilder users(List<String> emails) {
            users = emails;
            return this;
        }

        public RuleBuilder inboundTags(List<String> tags) {
            inboundTags = tags;
            return this;
        }

        public RuleBuilder protocols(List<String> entries) {
            protocols = entries;
            return this;
        }

        public RuleBuilder attrs(String expression) {
            attrs = expression;
            return this;
        }

        public RoutingConfig.Rule build() {
            return new RoutingConfig.Rule(
                    domains,
                    ips,
                    ports,
                    sourcePorts,
                    networks,
                    sources,
                    users,
                    inboundTags,
                    protocols,
                    attrs,
                    outboundTag,
                    null,
                    Position.NONE);
        }
    }
}
