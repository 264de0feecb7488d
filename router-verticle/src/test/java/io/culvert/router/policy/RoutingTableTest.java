package io.culvert.router.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.CulvertConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.PortRange;
import io.culvert.model.SessionPolicy;
import io.culvert.router.Configs;
import io.culvert.router.Sessions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoutingTableTest {

    @Test
    void theFirstRuleThatMatchesDecides() {
        RoutingTable table = RoutingTable.of(Configs.of(
                List.of("direct", "block", "proxy"),
                Configs.rule("block").domains(List.of("ads")).build(),
                Configs.rule("proxy").domains(List.of("domain:example.com")).build()));
        assertThat(table.outboundFor(Sessions.to("ads.example.com").get())).isEqualTo("block");
        assertThat(table.outboundFor(Sessions.to("www.example.com").get())).isEqualTo("proxy");
    }

    @Test
    void withoutAMatchTheFirstOutboundIsTaken() {
        RoutingTable table = RoutingTable.of(Configs.of(
                List.of("", "proxy"),
                Configs.rule("proxy").ports(List.of(new PortRange(80, 80))).build()));
        assertThat(table.outboundFor(Sessions.to("a.example").port(80).get())).isEqualTo("proxy");
        assertThat(table.outboundFor(Sessions.to("a.example").get())).isEmpty();
    }

    @Test
    void aTagThatDoesNotExistMeansTheFirstOutbound() {
        RoutingTable table = RoutingTable.of(Configs.of(
                List.of("direct", "proxy"),
                Configs.rule("porxy").domains(List.of("a.example")).build(),
                Configs.rule("proxy").domains(List.of("example")).build()));
        assertThat(table.outboundFor(Sessions.to("a.example").get())).isEqualTo("direct");
        assertThat(table.outboundFor(Sessions.to("b.example").get())).isEqualTo("proxy");
    }

    @Test
    void withoutOutboundsThereIsNone() {
        RoutingTable table = RoutingTable.of(Configs.of(
                List.of(), Configs.rule("x").domains(List.of("b.example")).build()));
        assertThat(table.outboundFor(Sessions.to("a.example").get())).isNull();
    }

    @Test
    void theUsersLevelSetsTheLimits() {
        SessionPolicy level7 = new SessionPolicy(1, 2, 3, 4);
        PolicyConfig policy = new PolicyConfig(Map.of(7, new PolicyConfig.Level(60_000, level7)), true);
        RoutingTable table = RoutingTable.of(Configs.of(List.of("direct"), policy));
        Sessions session = Sessions.to("a.example");
        assertThat(table.policyFor(session.user("u", 7).get())).isEqualTo(level7);
        assertThat(table.policyFor(session.user("u", 1).get())).isEqualTo(SessionPolicy.DEFAULT);
        assertThat(table.policyFor(session.get())).isEqualTo(SessionPolicy.DEFAULT);
    }

    @Test
    void withoutAPolicySectionLevel1IdlesLonger() {
        RoutingTable table = RoutingTable.of(Configs.of(List.of("direct")));
        assertThat(table.policyFor(Sessions.to("a.example").user("u", 1).get()).connIdleMillis())
                .isEqualTo(600_000);
    }

    @Test
    void aRuleThatCannotRunIsRefused() {
        CulvertConfig config = Configs.of(
                List.of("direct"),
                Configs.rule("direct").ips(List.of("geoip:cn")).build());
        assertThatThrownBy(() -> RoutingTable.of(config)).isInstanceOf(IllegalArgumentException.class);
    }
}
