package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.Diagnostic;
import io.culvert.testkit.Shared;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real configurations, each with the verdict of V2Ray 4.34 (peers section 5). */
class CorpusTest {
    /** What 4.34 accepts and sends in plain text because it does not know the word: the one reason to refuse more. */
    private static final Set<String> PLAIN_TEXT_BY_MISTAKE = Set.of(
            "filled/v2ray-examples-old__VLESS-TCP-XTLS-WHATEVER_config_client_vless_tcp_xtls.json",
            "filled/v2ray-examples-old__VLESS-TCP-XTLS-WHATEVER_config_server.json",
            "v2ray-examples-old/VMess-Websocket-TLS_Nginx_config_server.json");

    static Stream<String> files() throws IOException {
        Path index = Shared.path("configs/INDEX.tsv");
        return Files.readAllLines(index).stream().skip(1);
    }

    @ParameterizedTest
    @MethodSource("files")
    void verdict(String line) throws IOException {
        List<String> columns = List.of(line.split("\t", -1));
        String name = columns.get(0);
        boolean accepted = columns.get(1).startsWith("ACCEPT");
        String text = new String(Files.readAllBytes(Shared.path("configs/" + name)), StandardCharsets.UTF_8);

        LoadResult result = ConfigLoader.load(List.of(new Source(name, text)), Loads.environment(Map.of()));

        assertThat(result.diagnostics()).allSatisfy(one -> {
            assertThat(one.position().file()).isEqualTo(name);
            assertThat(one.position().line()).isPositive();
            assertThat(one.position().column()).isPositive();
            assertThat(one.message()).isNotBlank();
        });
        List<Diagnostic> errors =
                result.diagnostics().stream().filter(Diagnostic::isError).toList();
        if (PLAIN_TEXT_BY_MISTAKE.contains(name)) {
            assertThat(errors)
                    .isNotEmpty()
                    .allSatisfy(one -> assertThat(one.position().path()).endsWith("streamSettings.security"));
        } else if (accepted) {
            assertThat(errors).isEmpty();
        }
        if (name.startsWith("v5fmt/")) {
            assertThat(errors).isNotEmpty();
        }
    }
}
