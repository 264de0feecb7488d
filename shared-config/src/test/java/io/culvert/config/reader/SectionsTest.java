package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.ClusterConfig;
import io.culvert.config.LogConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.model.NodeRole;
import io.culvert.model.SessionPolicy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SectionsTest {
    private static PolicyConfig policy(String json) {
        return Loads.config("{\"policy\": " + json + "}").policy();
    }

    @Test
    void logDefaults() {
        assertThat(Loads.config("{}").log()).isEqualTo(LogConfig.ABSENT);
        assertThat(Loads.config("{\"log\": {}}").log()).isEqualTo(new LogConfig("", "", LogConfig.Level.WARNING));
        assertThat(Loads.config("{\"log\": {\"loglevel\": \"none\", \"access\": \"a.log\"}}")
                        .log())
                .isEqualTo(new LogConfig("none", "none", LogConfig.Level.NONE));
        assertThat(Loads.warnings("{\"log\": {\"loglevel\": \"warn\"}}"))
                .anyMatch(one -> one.startsWith("log.loglevel: \"warn\" is not a log level"));
    }

    @Test
    void aLogMayBeJsonAndBounded() {
        LogConfig log = Loads.config(
                        "{\"log\": {\"access\": \"a\", \"format\": \"JSON\", \"maxSizeMB\": 64, \"keep\": 9}}")
                .log();
        assertThat(log.format()).isEqualTo(LogConfig.Format.JSON);
        assertThat(log.rotation()).isEqualTo(new LogConfig.Rotation(64 * 1024 * 1024, 9));
        assertThat(Loads.config("{\"log\": {\"error\": \"e\", \"maxSizeMB\": 1}}")
                        .log()
                        .rotation())
                .isEqualTo(new LogConfig.Rotation(1024 * 1024, LogConfig.Rotation.DEFAULT_KEEP));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"format\": \"jsn\"', '\"jsn\" is not a format of the log; did you mean \"json\"?'",
        "'\"maxSizeMB\": 0, \"access\": \"a\"', 'log.maxSizeMB'",
        "'\"maxSizeMB\": 1, \"keep\": 0, \"access\": \"a\"', 'log.keep'",
        "'\"maxSizeMB\": 1, \"access\": \"a\", \"error\": \"./x/../a\"', 'are one file'"
    })
    void whatNoLogCanBe(String keys, String fault) {
        assertThat(Loads.errors("{\"log\": {" + keys + "}}"))
                .singleElement()
                .asString()
                .contains(fault);
    }

    @ParameterizedTest
    @CsvSource({
        "'\"keep\": 3, \"access\": \"a\"', 'without \"maxSizeMB\"'",
        "'\"maxSizeMB\": 3, \"access\": \"none\"', 'neither log is a file'"
    })
    void whatMeansNothingInALog(String keys, String remark) {
        assertThat(Loads.warnings("{\"log\": {" + keys + "}}")).anyMatch(one -> one.contains(remark));
    }

    @Test
    void levelsStartFromTheSessionDefault() {
        PolicyConfig.Level level = policy("{\"levels\": {\"1\": {\"connIdle\": 10, \"uplinkOnly\": 0}}}")
                .level(1);
        assertThat(level.handshakeMillis()).isEqualTo(60_000);
        assertThat(level.session()).isEqualTo(new SessionPolicy(10_000, 0, 1_000, SessionPolicy.DEFAULT_BUFFER_BYTES));
        assertThat(policy("{}").level(1)).isEqualTo(PolicyConfig.Level.DEFAULT);
        assertThat(Loads.config("{}").policy().level(1).session().connIdleMillis())
                .isEqualTo(600_000);
    }

    @ParameterizedTest
    @CsvSource({"-1, 4194304", "0, 2048", "1, 2048", "512, 524288", "100000, 4194304", "2147483647, 4194304"})
    void bufferSizes(int kib, int bytes) {
        assertThat(policy("{\"levels\": {\"0\": {\"bufferSize\": " + kib + "}}}")
                        .level(0)
                        .session()
                        .bufferBytes())
                .isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"a\": {}}", "{\"-1\": {}}", "{\"0\": {\"handshake\": 1.5}}", "{\"0\": {\"connIdle\": -1}}"})
    void badLevels(String levels) {
        assertThat(Loads.errors("{\"policy\": {\"levels\": " + levels + "}}")).hasSize(1);
    }

    @Test
    void aDrainHasThreeLimitsInOrder() {
        assertThat(policy("{}").drain()).isEqualTo(new PolicyConfig.Drain(0, 30_000, 300_000));
        assertThat(policy("{\"drain\": {\"grace\": 5, \"soft\": 10, \"hard\": 20}}")
                        .drain())
                .isEqualTo(new PolicyConfig.Drain(5_000, 10_000, 20_000));
        assertThat(policy("{\"drain\": {\"hard\": 7}}").drain()).isEqualTo(new PolicyConfig.Drain(0, 7_000, 7_000));
        assertThat(policy("{\"drain\": {\"soft\": 900}}").drain())
                .isEqualTo(new PolicyConfig.Drain(0, 900_000, 900_000));
        for (String wrong :
                List.of("{\"soft\": 20, \"hard\": 10}", "{\"grace\": 40}", "{\"hard\": -1}", "{\"hard\": 86401}")) {
            assertThat(Loads.errors("{\"policy\": {\"drain\": " + wrong + "}}"))
                    .as(wrong)
                    .hasSize(1);
        }
    }

    @Test
    void countersHaveNoEffectYet() {
        String json = "{\"policy\": {\"system\": {\"statsInboundUplink\": true, \"statsInboundDownlink\": false}}}";
        assertThat(Loads.unsupported(json)).isEmpty();
        assertThat(Loads.warnings(json)).anyMatch(one -> one.contains("\"statsInboundUplink\" is not supported yet"));
        assertThat(Loads.warnings(json)).noneMatch(one -> one.contains("statsInboundDownlink"));
    }

    @Test
    void theApiNeedsATag() {
        assertThat(Loads.errors("{\"api\": {}}")).containsExactly("api: API tag can't be empty.");
        assertThat(Loads.errors("{\"api\": {\"listen\": \"127.0.0.1:1\"}}")).isEmpty();
        assertThat(Loads.warnings("{\"api\": {\"tag\": \"a\", \"services\": [\"StatService\"]}}"))
                .anyMatch(one -> one.contains("did you mean \"StatsService\"?"));
    }

    @Test
    void theReverseProxyIsNotBuilt() {
        assertThat(Loads.unsupported("{\"reverse\": {\"portals\": [{\"tag\": \"p\", \"domain\": \"d\"}]}}"))
                .containsExactly("the reverse proxy");
        assertThat(Loads.unsupported("{\"reverse\": {}}")).isEmpty();
        assertThat(Loads.errors("{\"reverse\": {\"bridges\": [{}]}}")).hasSize(2);
    }

    @Test
    void dnsMattersWhereItIsAsked() {
        String dns = "{\"dns\": {\"servers\": [\"8.8.8.8\"]}, \"outbounds\": [{\"protocol\": \"freedom\", \"settings\":"
                + " {\"domainStrategy\": \"%s\"}}]}";
        assertThat(Loads.unsupported(dns.formatted("AsIs"))).isEmpty();
        assertThat(Loads.unsupported(dns.formatted("UseIP"))).hasSize(1);
        assertThat(Loads.unsupported(dns.formatted("UseIP").replace("8.8.8.8", "localhost")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"servers\": [{\"port\": 53}]} | NameServer address is not specified.",
                "{\"servers\": [5]} | expected an object",
                "{\"clientIp\": \"x\"} | not an IP address",
                "{\"servers\": [{\"address\": \"1.1.1.1\", \"expectIps\": [\"x\"]}]} | invalid IP",
                "{\"servers\": [{\"address\": \"1.1.1.1\", \"domains\": [\"regexp:(\"]}]} | not a regular expression",
                "{\"hosts\": {\"domain:\": \"1.1.1.1\"}} | empty domain type of rule",
                "{\"hosts\": {\"a\": 5}} | expected text"
            })
    void badDns(String dns, String message) {
        assertThat(Loads.errors("{\"dns\": " + dns + "}"))
                .singleElement()
                .asString()
                .contains(message);
    }

    @Test
    void theClusterSection() {
        String json = """
                {"cluster": {"name": "farm-1", "roles": ["ingress", "egress"], "bind": "10.0.0.5",
                             "members": ["10.0.0.5:5701", "node2:5701"], "link": {"port": 7443, "security": "tls"},
                             "secrets": "/etc/culvert/cluster"}}""";
        ClusterConfig cluster = Objects.requireNonNull(Loads.config(json).cluster());
        assertThat(cluster.name()).isEqualTo("farm-1");
        assertThat(cluster.roles()).containsExactlyInAnyOrder(NodeRole.INGRESS, NodeRole.EGRESS);
        assertThat(cluster.bind()).isEqualTo("10.0.0.5");
        assertThat(cluster.members()).containsExactly("10.0.0.5:5701", "node2:5701");
        assertThat(cluster.port()).isEqualTo(5701);
        assertThat(cluster.busPort()).isEqualTo(ClusterConfig.DEFAULT_BUS_PORT);
        assertThat(cluster.link()).isEqualTo(new ClusterConfig.Link(7443, ClusterConfig.LinkSecurity.TLS));
        assertThat(cluster.secrets()).isEqualTo("/etc/culvert/cluster");
        assertThat(Loads.unsupported(json)).isEmpty();
    }

    @Test
    void theClusterSectionIsChecked() {
        String json = """
                {"cluster": {"roles": ["ingres"], "bind": "host", "members": ["a"], "link": {"port": 0, "security": "tsl"}}}""";
        assertThat(Loads.errors(json))
                .hasSize(7)
                .anyMatch(one -> one.contains("a cluster needs \"secrets\""))
                .anyMatch(one -> one.contains("\"ingres\" is not a role; did you mean \"ingress\"?"))
                .anyMatch(one -> one.contains("a cluster needs a \"name\""))
                .anyMatch(one -> one.contains("expected \"host:port\""));
        assertThat(Objects.requireNonNull(Loads.config("{\"cluster\": {\"name\": \"x\", \"secrets\": \"s\"}}")
                                .cluster())
                        .roles())
                .isEqualTo(Set.of(NodeRole.values()));
    }

    @Test
    void theFormatOfVersion5IsRecognised() {
        for (String json : List.of(
                "{\"log\": {\"access\": {\"type\": \"Console\"}}}",
                "{\"router\": {}}",
                "{\"inbounds\": [{\"port\": 1, \"protocol\": \"vmess\", \"streamSettings\": {\"transport\": \"tcp\","
                        + " \"securitySettings\": {}}}]}")) {
            assertThat(Loads.errors(json)).singleElement().asString().contains("the new format of V2Ray 5");
        }
    }

    @Test
    void aClusterMayNameVariables() {
        Environment pod = Loads.environment(
                Map.of("FARM", "farm-1", "POD_IP", "10.0.0.5", "PEERS", "10.0.0.5:5701, egress-1.egress:5701"));
        String json = """
                {"cluster": {"name": "env:FARM", "bind": "env:POD_IP", "members": ["env:PEERS", "env:POD_IP:5702"],
                             "secrets": "s"}}""";
        ClusterConfig cluster = Objects.requireNonNull(Objects.requireNonNull(
                        ConfigLoader.load(List.of(new Source("c.json", json)), pod)
                                .config())
                .cluster());
        assertThat(cluster.name()).isEqualTo("farm-1");
        assertThat(cluster.bind()).isEqualTo("10.0.0.5");
        assertThat(cluster.members()).containsExactly("10.0.0.5:5701", "egress-1.egress:5701", "10.0.0.5:5702");
        assertThat(cluster.port()).isEqualTo(5701);
        assertThat(Loads.errors(json))
                .hasSize(4)
                .allMatch(error -> error.contains("the environment variable") && error.endsWith("is not set"));
    }
}
