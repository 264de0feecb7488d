package io.culvert.router.policy;

import io.culvert.config.CulvertConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.RoutingConfig;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionPolicy;
import io.culvert.router.rule.BuiltInGeo;
import io.culvert.router.rule.GeoSource;
import io.culvert.router.rule.Rule;
import io.culvert.router.rule.RuleReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One snapshot of rules and policy levels. Immutable: a new configuration makes a new table. */
public final class RoutingTable {
    private static final Logger log = LoggerFactory.getLogger(RoutingTable.class);

    private final List<Rule> rules;
    private final @Nullable String defaultOutbound;
    private final PolicyConfig policy;

    private RoutingTable(List<Rule> rules, @Nullable String defaultOutbound, PolicyConfig policy) {
        this.rules = List.copyOf(rules);
        this.defaultOutbound = defaultOutbound;
        this.policy = policy;
    }

    /** The table of a configuration, with no other list than {@code geoip:private}. */
    public static RoutingTable of(CulvertConfig config) {
        return of(config, new BuiltInGeo());
    }

    /**
     * The table of a configuration. A rule whose outbound does not exist is warned of, once, and means the default outbound,
     * as in V2Ray (wire-formats section 17.2). Domains are matched as domains: a {@code domainStrategy} that resolves them is
     * among what the configuration lists as unsupported.
     *
     * @param geo where named lists come from
     * @throws IllegalArgumentException for a rule that the configuration lists as unsupported
     */
    public static RoutingTable of(CulvertConfig config, GeoSource geo) {
        Set<String> tags = new HashSet<>();
        for (OutboundConfig outbound : config.outbounds()) {
            tags.add(outbound.tag());
        }
        String defaultOutbound = config.outbounds().isEmpty()
                ? null
                : config.outbounds().getFirst().tag();
        RuleReader reader = new RuleReader(geo);
        List<Rule> rules = new ArrayList<>();
        for (RoutingConfig.Rule written : config.routing().rules()) {
            Rule rule = reader.read(written);
            if (defaultOutbound != null && !tags.contains(rule.outboundTag())) {
                log.warn(
                        "{}: no outbound has the tag \"{}\": the default outbound takes its place",
                        rule.position(),
                        rule.outboundTag());
                rule = new Rule(rule.conditions(), defaultOutbound, rule.position());
            }
            rules.add(rule);
        }
        return new RoutingTable(rules, defaultOutbound, config.policy());
    }

    /**
     * The outbound for a session: that of the first rule that matches, else the first of the configuration.
     *
     * @return its tag, empty for an untagged default outbound, or null where the configuration has no outbound at all
     */
    public @Nullable String outboundFor(SessionDescriptor session) {
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            if (rule.matches(session)) {
                return rule.outboundTag();
            }
        }
        return defaultOutbound;
    }

    /** The limits of a session: those of its level. */
    public SessionPolicy policyFor(SessionDescriptor session) {
        return policy.level(session.level()).session();
    }
}
