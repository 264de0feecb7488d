package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.culvert.testkit.Shared;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever the text: an answer with positions, never an exception. */
class ConfigLoaderFuzzTest {
    private static final String RICH = """
            {"log": {"loglevel": "debug"}, "api": {"tag": "api", "services": ["StatsService"]}, "stats": {},
             "inbounds": [{"tag": "in", "listen": "127.0.0.1", "port": "1000-1003", "protocol": "vmess",
               "settings": {"clients": [{"id": "27848739-7e62-4138-9fd3-098a63964b6b", "alterId": 4, "email": "a@b"}]},
               "streamSettings": {"network": "tcp", "security": "tls", "tlsSettings": {"certificates":
                 [{"certificateFile": "c", "keyFile": "k"}]}, "tcpSettings": {"header": {"type": "none"}}},
               "sniffing": {"enabled": true, "destOverride": ["http"]}, "allocate": {"strategy": "always"}},
              {"port": 5, "protocol": "vless", "settings": {"decryption": "none", "fallbacks": [{"dest": 80}]}}],
             "outbounds": [{"protocol": "freedom", "settings": {"redirect": "a:1"}, "sendThrough": "10.0.0.1"},
              {"protocol": "socks", "tag": "s", "settings": {"servers": [{"address": "::1", "port": 5}]}}],
             "routing": {"domainStrategy": "AsIs", "rules": [{"type": "field", "outboundTag": "s",
               "domain": ["regexp:a", "full:b"], "ip": ["10.0.0.0/8"], "port": "1,2-3", "network": "tcp"}]},
             "policy": {"levels": {"0": {"bufferSize": 5}}}, "dns": {"servers": ["localhost"], "hosts": {"a": "1.1.1.1"}},
             "reverse": {"bridges": [{"tag": "b", "domain": "d"}]}, "cluster": {"name": "x", "secrets": "s", "members": ["a:1"]}}""";
    private static final String[] PIECES = {
        "null",
        "{}",
        "[]",
        "\"\"",
        "0",
        "-1",
        "99999999999999999999",
        "1.5",
        "true",
        "\"a,b\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "//",
        "/*",
        "*/",
        "#",
        "\\",
        "\u0000",
        "\uD800",
        "\uFEFF",
        "[[]]",
        "{\"type\":\"http\"}",
        "[null]",
        "[{}]",
        "[5]"
    };

    @FuzzTest
    void anyText(byte[] data) {
        check(new String(data, StandardCharsets.UTF_8));
    }

    @Test
    void damagedConfigurations() {
        Random random = new Random(20_261_120);
        for (int round = 0; round < 2_000; round++) {
            StringBuilder text = new StringBuilder(RICH);
            for (int damage = random.nextInt(4); damage >= 0; damage--) {
                int at = random.nextInt(text.length());
                int end = Math.min(text.length(), at + random.nextInt(12));
                text.replace(at, end, PIECES[random.nextInt(PIECES.length)]);
            }
            check(text.toString());
        }
    }

    @Test
    void everyValueReplacedByEveryKindOfValue() {
        for (int at = RICH.indexOf(": "); at >= 0; at = RICH.indexOf(": ", at + 1)) {
            for (String piece : PIECES) {
                int end = endOfScalar(at + 2);
                check(RICH.substring(0, at + 2) + piece + RICH.substring(end));
            }
        }
    }

    private static int endOfScalar(int from) {
        int end = from;
        while (end < RICH.length() && ",]}".indexOf(RICH.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    @Test
    void truncatedEverywhere() {
        for (int length = 0; length < RICH.length(); length++) {
            check(RICH.substring(0, length));
        }
        assertThat(Loads.load(RICH).config()).isNotNull();
    }

    @Test
    void damagedRealConfigurations() throws IOException {
        Random random = new Random(7);
        try (Stream<Path> files = Files.walk(Shared.path("configs"))) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int round = 0; round < 5 && bytes.length > 0; round++) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                    check(new String(bytes, StandardCharsets.UTF_8));
                }
            }
        }
    }

    private static void check(String text) {
        LoadResult result = ConfigLoader.load(
                List.of(new Source("a", text), new Source("b", "{\"outbounds\": [{\"protocol\": \"freedom\"}]}")),
                Loads.environment(Map.of()));
        // The constructor of the result holds that the configuration is absent exactly where there is an error.
        for (String line : DiagnosticPrinter.lines(result.diagnostics())) {
            if (line.indexOf('\n') >= 0 || line.indexOf('\0') >= 0) {
                throw new AssertionError("more than one line: " + line);
            }
        }
    }
}
