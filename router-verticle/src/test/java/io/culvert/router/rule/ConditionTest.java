package io.culvert.router.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.config.PortRange;
import io.culvert.model.Cidr;
import io.culvert.model.Network;
import io.culvert.router.Configs;
import io.culvert.router.Configs.RuleBuilder;
import io.culvert.router.Sessions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConditionTest {
    private static final Sessions NAME = Sessions.to("www.example.com");
    private static final Sessions IP = Sessions.to("198.51.100.7");

    @Test
    void inboundTag() {
        Condition condition = only(rule().inboundTags(List.of("a", "b")));
        assertThat(condition.matches(NAME.inbound("b").get())).isTrue();
        assertThat(condition.matches(NAME.inbound("B").get())).isFalse();
        assertThat(condition.toString()).startsWith("inbound tag is one of [").contains("a", "b");
    }

    @Test
    void anEmptyEntryMatchesNoInboundAndNoUserWithoutAName() {
        assertThat(only(rule().inboundTags(List.of("")))
                        .matches(NAME.inbound("").get()))
                .isFalse();
        assertThat(only(rule().users(List.of(""))).matches(NAME.user("", 0).get()))
                .isFalse();
        assertThat(only(rule().protocols(List.of("")))
                        .matches(NAME.protocol("tls").get()))
                .isFalse();
    }

    @Test
    void domain() {
        Condition condition = only(rule().domains(List.of("domain:example.com", "198")));
        assertThat(condition.matches(NAME.get())).isTrue();
        assertThat(condition.matches(IP.get())).as("an address is no domain").isFalse();
        assertThat(condition).hasToString("domain matches one of [domain:example.com, keyword:198]");
    }

    @Test
    void ip() {
        Condition condition = only(rule().ips(List.of("198.51.100.0/24", "2001:db8::/32")));
        assertThat(condition.matches(IP.get())).isTrue();
        assertThat(condition.matches(Sessions.to("2001:db8::1").get())).isTrue();
        assertThat(condition.matches(Sessions.to("198.51.101.7").get())).isFalse();
        assertThat(condition.matches(NAME.get())).as("a domain is not resolved").isFalse();
        assertThat(condition).hasToString("ip is in one of [198.51.100.0/24, 2001:db8::/32]");
    }

    @Test
    void privateAddressesNeedNoFile() {
        Condition condition = only(rule().ips(List.of("geoip:PRIVATE")));
        assertThat(condition.matches(Sessions.to("172.31.0.1").get())).isTrue();
        assertThat(condition.matches(Sessions.to("172.32.0.1").get())).isFalse();
        assertThat(condition.matches(Sessions.to("fd00::1").get())).isTrue();
    }

    @Test
    void port() {
        Condition condition = only(rule().ports(List.of(new PortRange(53, 53), new PortRange(1000, 2000))));
        assertThat(condition.matches(NAME.port(53).get())).isTrue();
        assertThat(condition.matches(NAME.port(1000).get())).isTrue();
        assertThat(condition.matches(NAME.port(2000).get())).isTrue();
        assertThat(condition.matches(NAME.port(2001).get())).isFalse();
        assertThat(condition).hasToString("port is in 53,1000-2000");
    }

    @Test
    void sourcePort() {
        Condition condition = only(rule().sourcePorts(List.of(new PortRange(53, 60))));
        assertThat(condition.matches(NAME.from("192.0.2.1", 60).get())).isTrue();
        assertThat(condition.matches(NAME.from("192.0.2.1", 61).get())).isFalse();
        assertThat(condition).hasToString("source port is in 53-60");
    }

    @Test
    void source() {
        Condition condition = only(rule().sources(List.of("192.0.2.0/25")));
        assertThat(condition.matches(IP.from("192.0.2.127", 1).get())).isTrue();
        assertThat(condition.matches(IP.from("192.0.2.128", 1).get())).isFalse();
        assertThat(condition.matches(IP.from("unix", 0).get()))
                .as("a client without an address")
                .isFalse();
        assertThat(condition).hasToString("source is in one of [192.0.2.0/25]");
    }

    @Test
    void network() {
        Condition condition = only(rule().networks(Set.of(Network.UDP)));
        assertThat(condition.matches(NAME.over(Network.UDP).get())).isTrue();
        assertThat(condition.matches(NAME.over(Network.TCP).get())).isFalse();
        assertThat(condition).hasToString("network is one of [UDP]");
    }

    @Test
    void user() {
        Condition condition = only(rule().users(List.of("love@v2ray.com")));
        assertThat(condition.matches(NAME.user("love@v2ray.com", 1).get())).isTrue();
        assertThat(condition.matches(NAME.user("Love@v2ray.com", 1).get())).isFalse();
        assertThat(condition.matches(NAME.get())).isFalse();
        assertThat(condition).hasToString("user is one of [love@v2ray.com]");
    }

    @Test
    void protocol() {
        Condition condition = only(rule().protocols(List.of("http")));
        assertThat(condition.matches(NAME.protocol("http/1.1").get())).isTrue();
        assertThat(condition.matches(NAME.protocol("tls").get())).isFalse();
        assertThat(condition.matches(NAME.get())).isFalse();
        assertThat(condition).hasToString("protocol starts with one of [http]");
    }

    @Test
    void allConditionsOfARuleMustHold() {
        Rule rule = read(rule().domains(List.of("domain:example.com"))
                .ports(List.of(new PortRange(443, 443)))
                .networks(Set.of(Network.TCP)));
        assertThat(rule.matches(NAME.get())).isTrue();
        assertThat(rule.matches(NAME.port(80).get())).isFalse();
        assertThat(rule.matches(NAME.over(Network.UDP).get())).isFalse();
        assertThat(rule.matches(IP.get())).isFalse();
    }

    @Test
    void whatNobodyMayRunIsRefused() {
        assertThatThrownBy(() -> read(rule())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read(rule().attrs("attrs['x'] == 'y'")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("attrs");
        assertThatThrownBy(() -> read(Configs.rule(null).users(List.of("u"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("balancer");
        assertThatThrownBy(() -> read(rule().ips(List.of("geoip:cn"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("geoip:cn");
        assertThatThrownBy(() -> read(rule().domains(List.of("geosite:cn"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("geosite:cn");
    }

    @Test
    void listsComeFromTheSourceThatWasGiven() {
        GeoSource lists = new GeoSource() {
            @Override
            public List<Cidr> networks(String entry) {
                return List.of(Cidr.parse("198.51.100.0/24"));
            }

            @Override
            public List<DomainEntry> domains(String entry) {
                return List.of(DomainEntry.parse("full:www.example.com"));
            }
        };
        RuleReader reader = new RuleReader(lists);
        assertThat(reader.read(rule().domains(List.of("geosite:cn")).build()).matches(NAME.get()))
                .isTrue();
        assertThat(reader.read(rule().ips(List.of("ext:my.dat:cn")).build()).matches(IP.get()))
                .isTrue();
    }

    private static RuleBuilder rule() {
        return Configs.rule("out");
    }

    private static Rule read(RuleBuilder rule) {
        return new RuleReader(new BuiltInGeo()).read(rule.build());
    }

    private static Condition only(RuleBuilder rule) {
        List<Condition> conditions = read(rule).conditions();
        assertThat(conditions).hasSize(1);
        return conditions.getFirst();
    }
}
