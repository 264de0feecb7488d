package io.culvert.config.diff;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.CulvertConfig;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ConfigDiffTest {
    private static final String SOCKS = """
            {"tag": "in", "port": 1080, "listen": "127.0.0.1", "protocol": "socks", "settings": {"auth": "password",
              "accounts": [{"user": "a", "pass": "1"}, {"user": "b", "pass": "2"}]}}""";
    private static final String DIRECT = "{\"tag\": \"direct\", \"protocol\": \"freedom\"}";
    private static final String BASE = text(SOCKS, DIRECT, "");

    private static String text(String inbounds, String outbounds, String more) {
        return "{\"inbounds\": [" + inbounds + "], \"outbounds\": [" + outbounds + "]" + more + "}";
    }

    private static CulvertConfig config(String text) {
        LoadResult loaded = ConfigLoader.load(List.of(new Source("a.json", text)), Environment.ofProcess());
        assertThat(loaded.config()).as(loaded.diagnostics().toString()).isNotNull();
        return Objects.requireNonNull(loaded.config());
    }

    private static List<String> between(String before, String after) {
        return ConfigDiff.between(config(before), config(after)).stream()
                .map(Change::what)
                .toList();
    }

    @Test
    void whereSomethingStandsIsNoDifference() {
        String rules = ", \"routing\": {\"rules\": [{\"type\": \"field\", \"port\": 25, \"outboundTag\": \"direct\"}]}";
        String moved = "// a comment\n\n" + text(SOCKS, "\n\n" + DIRECT, rules);
        assertThat(between(text(SOCKS, DIRECT, rules), moved)).isEmpty();
    }

    @Test
    void usersAreCounted() {
        String after = BASE.replace("\"user\": \"b\", \"pass\": \"2\"", "\"user\": \"c\", \"pass\": \"2\"")
                .replace("{\"user\": \"a\", \"pass\": \"1\"},", "");
        assertThat(between(BASE, after)).containsExactly("inbound [in] changed: 1 user added, 2 users removed");
    }

    @Test
    void noChangeNamesASecret() {
        assertThat(between(BASE, BASE.replace("\"pass\": \"2\"", "\"pass\": \"hunter2\""))
                        .toString())
                .contains("1 user added, 1 user removed")
                .doesNotContain("hunter2");
    }

    @Test
    void listsWhatComesAndGoes() {
        String other = SOCKS.replace("\"in\"", "\"other\"").replace("1080", "1081");
        String second = "{\"protocol\": \"blackhole\"}";
        assertThat(between(BASE, text(other, second + "," + DIRECT, "")))
                .containsExactly(
                        "inbound [in] removed",
                        "inbound [other] added",
                        "outbound #1 added",
                        "the default outbound is []");
        assertThat(between(BASE, text(SOCKS.replace("1080", "1081"), DIRECT.replace("freedom", "blackhole"), "")))
                .containsExactly("inbound [in] changed", "outbound [direct] changed");
    }

    @Test
    void routingAndPolicyAndLogLevelAreTakenOver() {
        String after = text(SOCKS, DIRECT, """
                , "routing": {"rules": [{"type": "field", "port": 25, "outboundTag": "direct"}]},
                "policy": {"levels": {"0": {"connIdle": 7}}}, "log": {"access": "none", "loglevel": "error"}""");
        assertThat(ConfigDiff.between(config(BASE), config(after)))
                .containsExactly(
                        Change.applied("routing changed"),
                        Change.applied("policy changed"),
                        Change.applied("log level is ERROR"));
    }

    @Test
    void whatCannotChangeIsKeptAndSaid() {
        CulvertConfig running = config(text(SOCKS, DIRECT, ", \"log\": {\"access\": \"/a\", \"loglevel\": \"error\"}"));
        CulvertConfig next = config(text(SOCKS, DIRECT, ", \"log\": {\"access\": \"/b\", \"loglevel\": \"info\"}"));
        assertThat(ConfigDiff.between(running, next).stream().map(Change::kind))
                .containsExactly(Change.Kind.APPLIED, Change.Kind.KEPT);
        // A text without the section says nothing about it.
        assertThat(ConfigDiff.between(running, config(BASE))).containsExactly(Change.applied("log level is WARNING"));
        CulvertConfig runs = ConfigDiff.runnable(running, next);
        assertThat(runs.log().access()).isEqualTo("/a");
        assertThat(runs.log().level()).isEqualTo(next.log().level());
        assertThat(runs.cluster()).isEqualTo(running.cluster());
    }
}
