package io.culvert.router.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.config.PortRange;
import io.culvert.config.RoutingConfig;
import io.culvert.model.Network;
import io.culvert.model.SessionDescriptor;
import io.culvert.router.Configs;
import io.culvert.router.Sessions;
import io.culvert.testkit.Vectors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What 4.34 itself says about single rules, and the two places where Culvert means to differ. */
class RuleVectorsTest {

    /** Found by Culvert, not by 4.34: names are compared in lower case and without a trailing dot (DomainMatcher). */
    private static final Set<String> FOUND_BY_CULVERT_ALONE = Set.of("V2RAY.com", "V2ray.com", "v2ray.com.");

    private final RuleReader reader = new RuleReader(new BuiltInGeo());

    @TestFactory
    Stream<DynamicTest> rulesOfTheReferenceImplementation() {
        List<DynamicTest> tests = new ArrayList<>();
        for (JsonNode vector :
                Vectors.load("routing_rules.json").required("data").required("cases")) {
            JsonNode rule = vector.required("rule");
            tests.add(DynamicTest.dynamicTest(rule.toString(), () -> {
                String reason = whyNotHere(rule);
                Assumptions.assumeTrue(reason == null, () -> "skipped: " + reason);
                check(vector, rule);
            }));
        }
        return tests.stream();
    }

    private void check(JsonNode vector, JsonNode rule) {
        if (vector.has("config_error")) {
            assertThatThrownBy(() -> reader.read(ruleOf(rule))).isInstanceOf(IllegalArgumentException.class);
            return;
        }
        Rule built = reader.read(ruleOf(rule));
        for (JsonNode check : vector.required("checks")) {
            JsonNode request = check.required("request");
            boolean expected = check.required("match").booleanValue()
                    || FOUND_BY_CULVERT_ALONE.contains(
                            request.required("target").textValue());
            assertThat(built.matches(sessionOf(request)))
                    .as("%s for %s", built, request)
                    .isEqualTo(expected);
        }
    }

    private static @Nullable String whyNotHere(JsonNode rule) {
        if (!rule.required("type").textValue().toLowerCase(Locale.ROOT).equals("field")) {
            return "the type of a rule is looked at by the reader of the configuration";
        }
        if (rule.has("balancerTag")) {
            return "balancers are not built yet";
        }
        if (rule.has("attrs")) {
            return "attrs are not built yet";
        }
        for (String entry : entries(rule, "ip")) {
            if (GeoSource.isNetworkList(entry) && !entry.equals("geoip:private")) {
                return "lists from files are not built yet";
            }
        }
        for (String entry : entries(rule, "domain")) {
            if (GeoSource.isDomainList(entry)) {
                return "lists from files are not built yet";
            }
        }
        return null;
    }

    private static RoutingConfig.Rule ruleOf(JsonNode rule) {
        List<String> domains = entries(rule, "domain");
        domains.addAll(entries(rule, "domains"));
        Set<Network> networks = new HashSet<>();
        for (String word : entries(rule, "network")) {
            networks.add(Network.valueOf(word.toUpperCase(Locale.ROOT)));
        }
        String outboundTag =
                rule.has("outboundTag") ? rule.required("outboundTag").textValue() : null;
        return Configs.rule(outboundTag)
                .domains(domains)
                .ips(entries(rule, "ip"))
                .ports(ports(rule, "port"))
                .sourcePorts(ports(rule, "sourcePort"))
                .networks(networks)
                .sources(entries(rule, "source"))
                .users(entries(rule, "user"))
                .inboundTags(entries(rule, "inboundTag"))
                .protocols(entries(rule, "protocol"))
                .build();
    }

    private static SessionDescriptor sessionOf(JsonNode request) {
        Sessions session = Sessions.to(request.required("target").textValue())
                .port(request.required("target_port").intValue())
                .over(Network.valueOf(request.required("network").textValue().toUpperCase(Locale.ROOT)))
                .from(
                        request.path("source_ip").asText("192.0.2.9"),
                        request.path("source_port").asInt(50_000))
                .inbound(request.path("inbound_tag").asText(""));
        if (request.has("user")) {
            session = session.user(request.required("user").textValue(), 0);
        }
        if (request.has("protocol")) {
            session = session.protocol(request.required("protocol").textValue());
        }
        return session.get();
    }

    private static List<String> entries(JsonNode rule, String field) {
        List<String> entries = new ArrayList<>();
        JsonNode node = rule.path(field);
        if (node.isArray()) {
            node.forEach(entry -> entries.add(entry.textValue()));
        } else if (!node.isMissingNode()) {
            entries.addAll(List.of(node.asText().split(",")));
        }
        return entries;
    }

    private static List<PortRange> ports(JsonNode rule, String field) {
        List<PortRange> ranges = new ArrayList<>();
        for (String entry : entries(rule, field)) {
            int dash = entry.indexOf('-');
            int from = Integer.parseInt(dash < 0 ? entry : entry.substring(0, dash));
            int to = dash < 0 ? from : Integer.parseInt(entry.substring(dash + 1));
            ranges.add(new PortRange(from, to));
        }
        return ranges;
    }
}
