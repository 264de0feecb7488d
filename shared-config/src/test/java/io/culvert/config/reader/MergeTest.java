package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.LogConfig;
import io.culvert.config.OutboundConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class MergeTest {
    private static final String BASE = """
            {"log": {"access": "a", "loglevel": "debug"},
             "inbounds": [{"tag": "i1", "port": 1, "protocol": "vmess"}, {"tag": "i2", "port": 2, "protocol": "vmess"}],
             "outbounds": [{"tag": "o1", "protocol": "freedom"}, {"tag": "o2", "protocol": "freedom"}]}""";

    /** The base and more files, each a name and a text. */
    private static CulvertConfig merged(String... more) {
        List<Source> sources = new ArrayList<>(List.of(new Source("base.json", BASE)));
        for (int i = 0; i < more.length; i += 2) {
            sources.add(new Source(more[i], more[i + 1]));
        }
        return Objects.requireNonNull(
                ConfigLoader.load(sources, Loads.environment(Map.of())).config());
    }

    private static List<String> outbounds(CulvertConfig config) {
        return config.outbounds().stream()
                .map(one -> one.tag() + "=" + one.settings().protocol())
                .toList();
    }

    @Test
    void sectionsAreReplacedWhole() {
        LogConfig log = merged("2.json", "{\"log\": {\"error\": \"e\"}}").log();
        assertThat(log.access()).isEmpty();
        assertThat(log.error()).isEqualTo("e");
        assertThat(log.errorAt()).hasToString("2.json:1:19");
        assertThat(merged("2.json", "{\"log\": null}").log().access()).isEqualTo("a");
    }

    @Test
    void oneOutboundOfAKnownTagReplacesThatOne() {
        assertThat(outbounds(merged("2.json", "{\"outbounds\": [{\"tag\": \"o2\", \"protocol\": \"blackhole\"}]}")))
                .containsExactly("o1=freedom", "o2=blackhole");
    }

    @Test
    void oneNewOutboundIsPutInFrontUnlessTheFileIsATail() {
        String more = "{\"outbounds\": [{\"tag\": \"o3\", \"protocol\": \"blackhole\"}]}";
        assertThat(outbounds(merged("2.json", more))).containsExactly("o3=blackhole", "o1=freedom", "o2=freedom");
        assertThat(outbounds(merged("2_TAIL.json", more))).containsExactly("o1=freedom", "o2=freedom", "o3=blackhole");
    }

    @Test
    void oneNewInboundIsAppended() {
        assertThat(merged("2.json", "{\"inbounds\": [{\"tag\": \"i3\", \"port\": 3, \"protocol\": \"vmess\"}]}")
                        .inbounds())
                .extracting(InboundConfig::tag)
                .containsExactly("i1", "i2", "i3");
    }

    @Test
    void severalReplaceAllAndNoneReplaceNothing() {
        assertThat(merged(
                                "2.json",
                                "{\"outbounds\": [{\"tag\": \"x\", \"protocol\": \"freedom\"}, {\"tag\": \"y\","
                                        + " \"protocol\": \"freedom\"}]}")
                        .outbounds())
                .extracting(OutboundConfig::tag)
                .containsExactly("x", "y");
        assertThat(merged("2.json", "{\"outbounds\": []}").outbounds()).hasSize(2);
    }

    @Test
    void positionsNameTheFileThatAnElementCameFrom() {
        assertThat(merged("2.json", "\n{\"outbounds\": [{\"protocol\": \"freedom\"}]}")
                        .outbounds()
                        .getFirst()
                        .position()
                        .toString())
                .isEqualTo("2.json:2:16");
    }

    @Test
    void syntaxErrorsOfAllFilesAreTold() {
        LoadResult result = ConfigLoader.load(
                List.of(new Source("a", "{"), new Source("b", "{}"), new Source("c", "[")),
                Loads.environment(Map.of()));
        assertThat(result.config()).isNull();
        assertThat(result.diagnostics())
                .extracting(one -> one.position().file())
                .containsExactly("a", "c");
    }

    @Test
    void noSourceIsAnError() {
        assertThat(ConfigLoader.load(List.of(), Loads.environment(Map.of())).config())
                .isNull();
    }
}
