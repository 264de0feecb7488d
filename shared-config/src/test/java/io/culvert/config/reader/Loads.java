package io.culvert.config.reader;

import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.InboundConfig;
import io.culvert.config.OutboundConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Short ways to load a text in tests. */
final class Loads {
    static final String ID = "27848739-7e62-4138-9fd3-098a63964b6b";

    private Loads() {}

    /** Has these variables, and every file but those whose name contains "missing". */
    static Environment environment(Map<String, String> variables) {
        return new Environment() {
            @Override
            public @Nullable String variable(String name) {
                return variables.get(name);
            }

            @Override
            public boolean readable(String file) {
                return !file.contains("missing");
            }
        };
    }

    static LoadResult load(String json) {
        return load(json, (_, _) -> {});
    }

    /** @param read is told of each object that has been read, with the keys that its reader knows */
    static LoadResult load(String json, BiConsumer<Spot, Set<String>> read) {
        return ConfigLoader.load(List.of(new Source("c.json", json)), environment(Map.of("PORT", "8443")), read);
    }

    static CulvertConfig config(String json) {
        LoadResult result = load(json);
        if (result.config() == null) {
            throw new AssertionError("refused: " + DiagnosticPrinter.lines(result.diagnostics()));
        }
        return result.config();
    }

    /** {@code path: message} of every error. */
    static List<String> errors(String json) {
        return texts(load(json), true);
    }

    static List<String> warnings(String json) {
        return texts(load(json), false);
    }

    private static List<String> texts(LoadResult result, boolean errors) {
        return result.diagnostics().stream()
                .filter(one -> one.isError() == errors)
                .map(Loads::text)
                .toList();
    }

    private static String text(Diagnostic one) {
        return one.position().path() + ": " + one.message();
    }

    /** What the configuration needs and this version has not. */
    static List<String> unsupported(String json) {
        return config(json).unsupported().stream()
                .map(CulvertConfig.Unsupported::what)
                .toList();
    }

    /** A configuration with one inbound and freedom; of the inbound these fields. */
    static String inbound(String fields) {
        return "{\"inbounds\": [{" + fields + "}], \"outbounds\": [{\"protocol\": \"freedom\"}]}";
    }

    /** An inbound without faults, for configurations that are about something else. */
    static final String INBOUND = "{\"listen\": \"127.0.0.1\", \"port\": 1080, \"protocol\": \"socks\"}";

    /** A configuration with one outbound, of which these are the fields. */
    static String outbound(String fields) {
        return "{\"outbounds\": [{" + fields + "}],\n \"inbounds\": [" + INBOUND + "]}";
    }

    /** An inbound on loopback that has no faults, with more fields. */
    static String socks(String fields) {
        return inbound("\"listen\": \"127.0.0.1\", \"port\": 1080, \"protocol\": \"socks\"" + fields);
    }

    /** A rule to the outbound "direct", with one inbound "in". */
    static String rule(String conditions) {
        return """
                {"inbounds": [{"tag": "in", "listen": "127.0.0.1", "port": 1, "protocol": "socks"}],
                 "outbounds": [{"protocol": "freedom", "tag": "direct"}],
                 "routing": {"rules": [{"type": "field", "outboundTag": "direct", %s}]}}""".formatted(conditions);
    }

    static InboundConfig theInbound(String json) {
        return Objects.requireNonNull(config(json).inbounds().getFirst());
    }

    static OutboundConfig theOutbound(String json) {
        return Objects.requireNonNull(config(json).outbounds().getFirst());
    }
}
