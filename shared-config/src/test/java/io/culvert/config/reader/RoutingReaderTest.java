package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.OutboundSettings;
import io.culvert.config.PortRange;
import io.culvert.config.RoutingConfig.DomainStrategy;
import io.culvert.config.RoutingConfig.Rule;
import io.culvert.model.Network;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoutingReaderTest {
    private static Rule theRule(String conditions) {
        return Loads.config(Loads.rule(conditions)).routing().rules().getFirst();
    }

    @Test
    void everyCondition() {
        Rule rule = theRule("""
                "domain": "a,b", "domains": ["full:c"], "ip": ["10.0.0.0/8", "::1", "[fe80::]/10", "1.2.3.4/"],
                "port": "53,1000-1003", "sourcePort": 5, "network": "tcp,udp", "source": ["127.0.0.1"],
                "user": ["a@b"], "inboundTag": "in\"""");
        assertThat(rule.domains()).containsExactly("a", "b", "full:c");
        assertThat(rule.ips()).containsExactly("10.0.0.0/8", "::1", "fe80::/10", "1.2.3.4");
        assertThat(rule.ports()).containsExactly(new PortRange(53, 53), new PortRange(1000, 1003));
        assertThat(rule.sourcePorts()).containsExactly(new PortRange(5, 5));
        assertThat(rule.networks()).containsExactlyInAnyOrder(Network.TCP, Network.UDP);
        assertThat(rule.sources()).containsExactly("127.0.0.1");
        assertThat(rule.users()).containsExactly("a@b");
        assertThat(rule.inboundTags()).containsExactly("in");
        assertThat(rule.outboundTag()).isEqualTo("direct");
        assertThat(rule.position().path()).isEqualTo("routing.rules[0]");
    }

    @Test
    void theTypeMayBeLeftOutAsXrayAllows() {
        assertThat(Loads.load(Loads.rule("\"port\": 1").replace("\"type\": \"field\", ", ""))
                        .diagnostics())
                .isEmpty();
        assertThat(Loads.errors(Loads.rule("\"port\": 1").replace("field", "chinasites")))
                .singleElement()
                .asString()
                .contains("unknown router rule type: \"chinasites\"");
    }

    @Test
    void aRuleNeedsATargetAndACondition() {
        assertThat(Loads.errors(Loads.rule("\"port\": 1").replace("outboundTag", "outTag")))
                .containsExactly("routing.rules[0]: neither outboundTag nor balancerTag is specified in routing rule");
        assertThat(Loads.errors(Loads.rule("\"domain\": []")))
                .singleElement()
                .asString()
                .contains("this rule has no effective fields");
    }

    @Test
    void anUnknownOutboundTagIsAWarning() {
        String json = Loads.rule("\"port\": 1").replace("\"outboundTag\": \"direct\"", "\"outboundTag\": \"dircet\"");
        assertThat(Loads.warnings(json))
                .containsExactly(
                        "routing.rules[0].outboundTag: \"dircet\" names no outbound, the default outbound is used;"
                                + " did you mean \"direct\"?");
        assertThat(Loads.warnings(Loads.rule("\"inboundTag\": [\"im\"]")))
                .containsExactly("routing.rules[0].inboundTag[0]: \"im\" names no inbound; did you mean \"in\"?");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"domain\": [\"regexp:(\"] | routing.rules[0].domain[0]: not a regular expression",
                "\"domain\": [\"regexp:\"] | empty regexp type of rule",
                "\"domain\": [\"full:\"] | empty full type of rule",
                "\"domain\": [\"dotless:a.b\"] | should not contain a dot",
                "\"domain\": [\"geosite:\"] | empty listname in rule",
                "\"domain\": [\"ext:file\"] | invalid external resource",
                "\"ip\": [\"a.b\"] | invalid IP: \"a.b\"",
                "\"ip\": [\"1.2.3.4/33\"] | invalid network mask for router: \"33\"",
                "\"ip\": [\"::ffff:1.2.3.4/120\"] | invalid network mask for router: \"120\"",
                "\"ip\": [\"geoip:\"] | empty country name in rule",
                "\"ip\": 5 | expected a list of texts",
                "\"port\": \"x\" | invalid port range: \"x\"",
                "\"port\": 70000 | invalid port range: \"70000\""
            })
    void badConditions(String condition, String message) {
        assertThat(Loads.errors(Loads.rule(condition)))
                .singleElement()
                .asString()
                .contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"20-10\"", "\"\"", "0"})
    void portsThatMatchNothingStayACondition(String port) {
        assertThat(theRule("\"port\": " + port).ports()).singleElement().matches(range -> range.size() == 0);
    }

    @Test
    void aRuleForAnUnknownNetworkNeverMatches() {
        assertThat(Loads.config(Loads.rule("\"network\": \"tpc\"")).routing().rules())
                .isEmpty();
        assertThat(Loads.warnings(Loads.rule("\"network\": \"tpc\"")))
                .singleElement()
                .asString()
                .contains("did you mean \"tcp\"?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"domain\": [\"geosite:cn\"]",
                "\"domain\": [\"ext:f.dat:x\"]",
                "\"ip\": [\"geoip:cn\"]",
                "\"source\": [\"ext-ip:f.dat:x\"]",
                "\"attrs\": \"a\"",
                "\"attrs\": {\":method\": \"GET\"}",
                "\"process\": [\"curl\"]"
            })
    void conditionsOfLaterVersions(String condition) {
        assertThat(Loads.unsupported(Loads.rule(condition))).hasSize(1);
    }

    @Test
    void privateNetworksAreBuiltIn() {
        assertThat(Loads.unsupported(Loads.rule("\"ip\": [\"geoip:private\"]"))).isEmpty();
    }

    @Test
    void aProtocolMattersWhereSomebodyLearnsIt() {
        assertThat(Loads.unsupported(Loads.rule("\"protocol\": [\"bittorrent\"]")))
                .isEmpty();
        assertThat(Loads.unsupported(Loads.rule("\"protocol\": [\"bittorrent\"]")
                        .replace("\"port\": 1,", "\"port\": 1, \"sniffing\": {\"enabled\": true},")))
                .containsExactly("a rule by sniffed protocol");
    }

    @ParameterizedTest
    @CsvSource({
        "AsIs, AS_IS",
        "ipIfNonMatch, IP_IF_NON_MATCH",
        "ip_on_demand, IP_ON_DEMAND",
        "AlwaysIP, AS_IS",
        "nonsense, AS_IS"
    })
    void domainStrategies(String word, DomainStrategy strategy) {
        assertThat(Loads.config("{\"routing\": {\"domainStrategy\": \"" + word + "\"}}")
                        .routing()
                        .domainStrategy())
                .isEqualTo(strategy);
    }

    @Test
    void resolvingIsNeededOnlyForConditionsOnAddresses() {
        String json = Loads.rule("\"ip\": [\"10.0.0.1\"]")
                .replace("\"rules\"", "\"domainStrategy\": \"IPIfNonMatch\", \"rules\"");
        assertThat(Loads.unsupported(json)).containsExactly("resolving domains for rules");
        assertThat(Loads.unsupported(json.replace("\"ip\": [\"10.0.0.1\"]", "\"port\": 1")))
                .isEmpty();
    }

    @Test
    void rulesOfTheOldSpellingComeAfter() {
        String json = """
                {"outbounds": [{"protocol": "freedom", "tag": "d"}],
                 "routing": {"strategy": "rules", "rules": [{"port": 1, "outboundTag": "d"}],
                             "settings": {"domainStrategy": "IPOnDemand", "rules": [{"port": 2, "outboundTag": "d"}]}}}""";
        assertThat(Loads.config(json).routing().rules().stream().map(Rule::ports))
                .containsExactly(List.of(new PortRange(1, 1)), List.of(new PortRange(2, 2)));
        assertThat(Loads.config(json).routing().domainStrategy()).isEqualTo(DomainStrategy.IP_ON_DEMAND);
    }

    @Test
    void balancers() {
        String json = """
                {"outbounds": [{"protocol": "freedom", "tag": "out-1"}],
                 "routing": {"balancers": [{"tag": "b", "selector": ["out"]}], "rules": [{"port": 1, "balancerTag": "%s"}]}}""";
        assertThat(Loads.unsupported(json.formatted("b"))).containsExactly("a balancer");
        assertThat(Loads.errors(json.formatted("c"))).singleElement().asString().contains("balancer \"c\" not found");
        assertThat(Loads.errors("{\"routing\": {\"balancers\": [{}]}}"))
                .containsExactlyInAnyOrder(
                        "routing.balancers[0]: empty balancer tag", "routing.balancers[0]: empty selector list");
        assertThat(Loads.unsupported("{\"routing\": {\"balancers\": [{\"tag\": \"b\", \"selector\": [\"x\"]}]}}"))
                .isEmpty();
    }

    @Test
    void rulesForTheApiDoNotKeepTheRestFromRunning() {
        String json = """
                {"api": {"tag": "api", "services": ["StatsService"]}, "stats": {},
                 "inbounds": [{"tag": "api-in", "listen": "127.0.0.1", "port": 1, "protocol": "dokodemo-door",
                               "settings": {"address": "127.0.0.1", "port": 1}}],
                 "outbounds": [{"protocol": "freedom", "tag": "direct"}],
                 "routing": {"rules": [{"type": "field", "inboundTag": ["api-in"], "outboundTag": "api"}]}}""";
        assertThat(Loads.unsupported(json)).isEmpty();
        assertThat(Loads.warnings(json))
                .containsExactly(
                        "api: the API is not supported yet and has no effect",
                        "stats: counting traffic (\"stats\") is not supported yet and has no effect");
        // What was meant for the API must not leave through the default outbound.
        assertThat(Loads.config(json).outbounds().getLast())
                .hasFieldOrPropertyWithValue("tag", "api")
                .hasFieldOrPropertyWithValue("settings", new OutboundSettings.Blackhole(false));
    }
}
