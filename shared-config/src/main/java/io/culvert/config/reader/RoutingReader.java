package io.culvert.config.reader;

import io.culvert.config.RoutingConfig;
import io.culvert.config.RoutingConfig.DomainStrategy;
import io.culvert.config.RoutingConfig.Rule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The {@code routing} section. */
final class RoutingReader {
    private static final List<String> STRATEGIES = List.of("AsIs", "IPIfNonMatch", "IPOnDemand", "AlwaysIP");

    private final Report report;
    private final Environment environment;
    private final Tags tags;
    private final boolean labelled;

    /** @param labelled as in {@link RuleReader} */
    RoutingReader(Report report, Environment environment, Tags tags, boolean labelled) {
        this.report = report;
        this.environment = environment;
        this.tags = tags;
        this.labelled = labelled;
    }

    RoutingConfig read(@Nullable Fields routing) {
        if (routing == null) {
            return RoutingConfig.EMPTY;
        }
        Fields old = routing.object("settings");
        Map<String, Fields> balancers = balancers(routing);
        RuleReader reader = new RuleReader(report, environment, tags, balancers.keySet(), labelled);
        List<Rule> rules = new ArrayList<>();
        for (Fields one : rules(routing, old)) {
            Rule rule = reader.read(one);
            if (rule != null) {
                rules.add(rule);
            }
        }
        DomainStrategy strategy = strategy(routing, old, rules);
        balancers.forEach((tag, balancer) -> {
            if (rules.stream().noneMatch(rule -> tag.equals(rule.balancerTag()))) {
                report.withoutEffect(balancer.spot(), "a balancer");
            }
        });
        if (old != null) {
            report.warning(
                    old.spot(), "\"routing.settings\" is the spelling of V2Ray 3; its fields belong to \"routing\"");
            old.finish();
        }
        routing.know("strategy", "domainMatcher");
        routing.finish();
        return new RoutingConfig(strategy, rules);
    }

    private static List<Fields> rules(Fields routing, @Nullable Fields old) {
        List<Fields> all = new ArrayList<>(routing.objects("rules"));
        if (old != null) {
            all.addAll(old.objects("rules"));
        }
        return all;
    }

    private DomainStrategy strategy(Fields routing, @Nullable Fields old, List<Rule> rules) {
        Fields holder = routing.has("domainStrategy") || old == null ? routing : old;
        String written = holder.text("domainStrategy");
        if (old != null) {
            old.know("domainStrategy");
        }
        DomainStrategy strategy =
                switch (written.toLowerCase(Locale.ROOT).replace('_', '-').replace("-", "")) {
                    case "", "asis", "alwaysip" -> DomainStrategy.AS_IS;
                    case "ipifnonmatch" -> DomainStrategy.IP_IF_NON_MATCH;
                    case "ipondemand" -> DomainStrategy.IP_ON_DEMAND;
                    default -> {
                        report.warning(
                                holder.spotOf("domainStrategy"),
                                Words.quoted(written) + " is not a strategy, \"AsIs\" is used"
                                        + Words.didYouMean(written, STRATEGIES));
                        yield DomainStrategy.AS_IS;
                    }
                };
        if (strategy != DomainStrategy.AS_IS) {
            // Resolving serves conditions on the target's address only; without any it changes nothing.
            if (rules.stream().anyMatch(rule -> !rule.ips().isEmpty())) {
                report.unsupported(holder.spotOf("domainStrategy"), "resolving domains for rules");
            } else {
                report.withoutEffect(holder.spotOf("domainStrategy"), "resolving domains for rules");
            }
        }
        return strategy;
    }

    private Map<String, Fields> balancers(Fields routing) {
        Map<String, Fields> all = new LinkedHashMap<>();
        for (Fields one : routing.objects("balancers")) {
            String tag = one.text("tag");
            if (tag.isEmpty()) {
                report.error(one.spotOf("tag"), "empty balancer tag");
            }
            List<String> selectors = one.strings("selector");
            if (selectors.isEmpty()) {
                report.error(one.spotOf("selector"), "empty selector list");
            } else if (tags.outbounds().stream()
                    .noneMatch(out -> selectors.stream().anyMatch(out::startsWith))) {
                report.warning(one.spotOf("selector"), "no outbound has a tag that begins so");
            }
            one.know("strategy", "fallbackTag");
            one.finish();
            all.put(tag, one);
        }
        return all;
    }
}
