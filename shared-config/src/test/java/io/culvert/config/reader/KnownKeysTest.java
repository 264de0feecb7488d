package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.Diagnostic;
import io.culvert.config.Position;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every key that a reader knows changes what is run, is warned of or is refused; whatever else is known is listed here. */
class KnownKeysTest {
    /** Values of every kind; at least one of them asks each key for something. */
    private static final List<String> VALUES = List.of(
            "true",
            "false",
            "0",
            "1",
            "7",
            "20",
            "1300",
            "\"x\"",
            "\"/y\"",
            "\"2.3.4.5\"",
            "\"tls\"",
            "\"http\"",
            "\"udp\"",
            "\"UseIPv4\"",
            "\"IPOnDemand\"",
            "\"rules\"",
            "\"1.3\"",
            "\"1.2\"",
            "\"domain:x\"",
            "\"" + "a".repeat(64) + "\"",
            "[\"x\"]",
            "[\"2.3.4.5\"]",
            "[\"tcp\"]",
            "[\"127.0.0.1:9\"]",
            "[{\"x\": 1}]",
            "{}",
            "{\"x\": \"y\"}",
            "{\"type\": \"http\"}",
            "{\"type\": \"wireguard\"}");

    /** By configuration and path, as a pattern: known, silent, and right. */
    private static final Map<String, String> SILENT = new LinkedHashMap<>();

    static {
        String refused = "the protocol is refused as a whole";
        SILENT.put("in (shadowsocks|trojan|mtproto) .*", refused);
        SILENT.put("out (shadowsocks|trojan|dns|loopback) .*", refused);
        SILENT.put(".* inbounds\\[]\\.settings\\.fallbacks\\[]\\..*", "fallbacks are refused as a whole");
        SILENT.put(
                "in vmess .*\\.allocate\\.(concurrency|refresh)",
                "belong to the strategy \"random\", which is refused");
        SILENT.put("in vmess .*\\.clients\\[]\\.security", "V2Ray's servers take every cipher as well");
        SILENT.put("in vmess .*\\.default\\.(alterId|level)", "belong to a detour, which is refused");
        SILENT.put("in vmess .*\\.features\\.detour\\.to", "the whole of it is warned of beside the newer \"detour\"");
        SILENT.put("api api\\.listen", "the section is warned of as a whole");
        SILENT.put("in vmess .*\\.sniffing\\.domainsExcluded", "sniffing that would change a target is refused");
        SILENT.put("out (freedom|proxied) .*\\.mux\\.xudp.*", "without mux there is no XUDP, and mux is refused");
        SILENT.put("out proxied .*\\.transportLayer", "proxySettings are refused as a whole");
        SILENT.put("dns dns\\..*", "the section is refused, or warned of as a whole");
        SILENT.put("routing routing\\.balancers\\[]\\.(strategy|fallbackTag)", "a balancer is refused, or warned of");
        SILENT.put("routing .*\\.domainMatcher", "how domains are looked up, not which are found");
        SILENT.put("routing .*\\.ruleTag", "a name for the API, which is warned of as a whole");
        SILENT.put("routing routing\\.strategy", "V2Ray 3's word for the only strategy that there is");
    }

    static Stream<String> configurations() {
        return KeyConfigs.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void everyKnownKeyDoesSomething(String name) {
        assertThat(silent(name))
                .as("known keys that do nothing, without a word and without a reason")
                .filteredOn(key -> SILENT.keySet().stream().noneMatch(key::matches))
                .isEmpty();
    }

    @Test
    void everyReasonIsOfAKeyThatIsSilent() {
        Set<String> silent = new LinkedHashSet<>();
        configurations().forEach(name -> silent.addAll(silent(name)));
        assertThat(SILENT.keySet()).allSatisfy(pattern -> assertThat(silent).anyMatch(key -> key.matches(pattern)));
    }

    @ParameterizedTest
    @MethodSource("configurations")
    void everyObjectWarnsOfUnknownKeys(String name) {
        Json.Obj base = parse(text(name));
        Set<String> objects = new LinkedHashSet<>();
        objects(base, objects);
        assertThat(objects)
                .filteredOn(path -> !path.matches(".*(headers|hosts|levels)"))
                .allSatisfy(
                        path -> assertThat(load(write(base, path, "zzz", "1")).diagnostics())
                                .as(path)
                                .anyMatch(one -> one.message().contains("\"zzz\"")));
    }

    private static final Map<String, List<String>> FOUND = new HashMap<>();

    /** {@code name path} of each known key that makes no difference to what is run or said. */
    private static List<String> silent(String name) {
        return FOUND.computeIfAbsent(name, KnownKeysTest::find);
    }

    private static List<String> find(String name) {
        Map<String, Set<String>> known = new TreeMap<>();
        Loads.load(
                text(name),
                (spot, keys) -> known.computeIfAbsent(spot.position().path(), _ -> new LinkedHashSet<>())
                        .addAll(keys));
        Json.Obj base = parse(text(name));
        List<String> silent = new ArrayList<>();
        known.forEach((path, keys) -> {
            for (String key : keys) {
                if (!doesSomething(base, path, key)) {
                    silent.add(name + " " + (path + "." + key).replaceAll("\\[\\d+]", "[]"));
                }
            }
        });
        return silent;
    }

    private static boolean doesSomething(Json.Obj base, String path, String key) {
        LoadResult without = load(write(base, path, key, null));
        List<String> values = new ArrayList<>(VALUES);
        Json own = at(base, path, key);
        if (own != null) {
            StringBuilder text = new StringBuilder();
            write(own, "", "", null, text);
            values.add(text.toString());
        }
        List<String> saidWithout = words(without);
        Object meantWithout = meaning(without.config());
        for (String value : values) {
            LoadResult with = load(write(base, path, key, value));
            List<String> said = words(with);
            said.removeAll(saidWithout);
            if (said.stream().anyMatch(words -> !words.startsWith("expected "))
                    || (with.config() != null && !meaning(with.config()).equals(meantWithout))) {
                return true;
            }
        }
        return false;
    }

    private static List<String> words(LoadResult result) {
        return new ArrayList<>(
                result.diagnostics().stream().map(Diagnostic::message).toList());
    }

    private static String text(String name) {
        return Objects.requireNonNull(KeyConfigs.all().get(name));
    }

    private static LoadResult load(String text) {
        return Loads.load(text);
    }

    private static Json.Obj parse(String text) {
        Report report = new Report(List.of("c.json"));
        return Objects.requireNonNull(JsonTreeReader.read(new Source("c.json", text), report));
    }

    private static void objects(Json json, Set<String> paths) {
        switch (json) {
            case Json.Obj(Spot spot, Map<String, Json.Member> members) -> {
                paths.add(spot.position().path());
                members.values().forEach(member -> objects(member.value(), paths));
            }
            case Json.Arr(Spot _, List<Json> items) -> items.forEach(item -> objects(item, paths));
            case Json.Text _, Json.Num _, Json.Bool _, Json.Nil _ -> {}
        }
    }

    private static @Nullable Json at(Json json, String path, String key) {
        return switch (json) {
            case Json.Obj(Spot spot, Map<String, Json.Member> members) -> {
                if (spot.position().path().equals(path)) {
                    Json.Member member = members.get(key.toLowerCase(Locale.ROOT));
                    yield member == null ? null : member.value();
                }
                yield members.values().stream()
                        .map(member -> at(member.value(), path, key))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
            }
            case Json.Arr(Spot _, List<Json> items) ->
                items.stream()
                        .map(item -> at(item, path, key))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
            case Json.Text _, Json.Num _, Json.Bool _, Json.Nil _ -> null;
        };
    }

    /** The text of a tree, with a key of the object at a path replaced, or left out where the value is null. */
    private static String write(Json base, String path, String key, @Nullable String value) {
        StringBuilder text = new StringBuilder();
        write(base, path, key, value, text);
        return text.toString();
    }

    private static void write(Json json, String path, String key, @Nullable String value, StringBuilder text) {
        switch (json) {
            case Json.Obj(Spot spot, Map<String, Json.Member> members) -> {
                boolean here = !key.isEmpty() && spot.position().path().equals(path);
                List<String> parts = new ArrayList<>();
                members.values().forEach(member -> {
                    if (!here || !member.key().equalsIgnoreCase(key)) {
                        StringBuilder part = new StringBuilder("\"" + member.key() + "\": ");
                        write(member.value(), path, key, value, part);
                        parts.add(part.toString());
                    }
                });
                if (here && value != null) {
                    parts.add("\"" + key + "\": " + value);
                }
                text.append('{').append(String.join(", ", parts)).append('}');
            }
            case Json.Arr(Spot _, List<Json> items) -> {
                List<String> parts = new ArrayList<>();
                for (Json item : items) {
                    StringBuilder part = new StringBuilder();
                    write(item, path, key, value, part);
                    parts.add(part.toString());
                }
                text.append('[').append(String.join(", ", parts)).append(']');
            }
            case Json.Text(Spot _, String content) ->
                text.append('"').append(content).append('"');
            case Json.Num(Spot _, String literal) -> text.append(literal);
            case Json.Bool(Spot _, boolean flag) -> text.append(flag);
            case Json.Nil _ -> text.append("null");
        }
    }

    /** What a configuration says, without where it says so. */
    private static Object meaning(@Nullable Object value) {
        return switch (value) {
            case null -> "none";
            case Position _ -> "";
            case List<?> list -> list.stream().map(KnownKeysTest::meaning).toList();
            case Record made -> {
                List<Object> parts = new ArrayList<>();
                parts.add(made.getClass());
                for (RecordComponent component : made.getClass().getRecordComponents()) {
                    parts.add(meaning(part(made, component)));
                }
                yield parts;
            }
            default -> value;
        };
    }

    private static @Nullable Object part(Record made, RecordComponent component) {
        try {
            return component.getAccessor().invoke(made);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
