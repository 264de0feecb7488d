package io.culvert.config.reader;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one object. Whatever is asked for is known; {@link #finish} warns of all others. A value of the wrong
 * kind is reported and then treated as absent; values that a later one of the same key replaced are checked as well.
 */
final class Fields {
    static final long UINT32 = 0xFFFF_FFFFL;
    static final long UINT16 = 0xFFFF;
    static final long BYTE = 0xFF;
    /** How many entries one text with commas may hold. */
    private static final int MAX_JOINED = 100_000;

    private final Json.Obj object;
    private final Report report;
    private final Set<String> known = new LinkedHashSet<>();

    Fields(Json.Obj object, Report report) {
        this.object = object;
        this.report = report;
    }

    /** An object without fields, for settings that are left out. */
    static Fields none(Spot spot, Report report) {
        return new Fields(new Json.Obj(spot, Map.of()), report);
    }

    Spot spot() {
        return object.spot();
    }

    /** Where the value of a key stands, or the object where it is absent. */
    Spot spotOf(String key) {
        Json value = value(key);
        return value == null ? spot() : value.spot();
    }

    /**
     * Keys that need no remark although nothing here reads them, because what they ask for is so anyway or because another
     * remark covers them. A test walks all keys and asks for the reason of each of these.
     */
    void know(String... keys) {
        known.addAll(Arrays.asList(keys));
    }

    /** Warns of keys that ask for something which nothing here follows. */
    void withoutEffect(String... keys) {
        for (String key : keys) {
            if (asks(key)) {
                report.withoutEffect(spotOf(key), Words.quoted(key));
            }
        }
    }

    /** Whether a key asks for anything: it is there, and is not false, 0 or empty. */
    boolean asks(String key) {
        return switch (value(key)) {
            case null -> false;
            case Json.Nil _ -> false;
            case Json.Bool(Spot _, boolean flag) -> flag;
            case Json.Text(Spot _, String text) -> !text.isEmpty();
            case Json.Num(Spot _, String literal) -> !literal.equals("0");
            case Json.Arr(Spot _, List<Json> items) -> !items.isEmpty();
            case Json.Obj(Spot _, Map<String, Json.Member> members) -> !members.isEmpty();
        };
    }

    /** Warns of a key that is given beside another which alone counts. */
    void beside(String counts, String key) {
        if (has(counts) && asks(key)) {
            report.warning(spotOf(key), Words.quoted(counts) + " is given too, and it alone counts");
        }
    }

    boolean has(String key) {
        return value(key) != null;
    }

    /** The value of a key, whatever its kind; null where it is absent or null. */
    @Nullable
    Json value(String key) {
        known.add(key);
        Json.Member member = object.members().get(key.toLowerCase(Locale.ROOT));
        return member == null ? null : member.value();
    }

    private List<Json> shadowed(String key) {
        Json.Member member = object.members().get(key.toLowerCase(Locale.ROOT));
        return member == null ? List.of() : member.shadowed();
    }

    Iterable<Json.Member> members() {
        return object.members().values();
    }

    @Nullable
    String textOrNull(String key) {
        Json.Text text = textNode(key);
        return text == null ? null : text.value();
    }

    String text(String key) {
        String text = textOrNull(key);
        return text == null ? "" : text;
    }

    Json.@Nullable Text textNode(String key) {
        Json value = value(key);
        shadowed(key).forEach(this::asText);
        return value == null ? null : asText(value);
    }

    Json.@Nullable Text asText(Json value) {
        if (value instanceof Json.Text text) {
            return text;
        }
        wrongKind(value, "text in double quotes");
        return null;
    }

    boolean flag(String key) {
        return Boolean.TRUE.equals(flagOrNull(key));
    }

    @Nullable
    Boolean flagOrNull(String key) {
        Json value = value(key);
        shadowed(key).forEach(this::asFlag);
        return value == null ? null : asFlag(value);
    }

    private @Nullable Boolean asFlag(Json value) {
        if (value instanceof Json.Bool(Spot spot, boolean flag)) {
            return flag;
        }
        wrongKind(value, "true or false");
        return null;
    }

    /** An integer of the range, or {@code otherwise} where it is absent or wrong. */
    long number(String key, long min, long max, long otherwise) {
        Long number = numberOrNull(key, min, max);
        return number == null ? otherwise : number;
    }

    @Nullable
    Long numberOrNull(String key, long min, long max) {
        Json value = value(key);
        for (Json earlier : shadowed(key)) {
            asNumber(earlier, min, max);
        }
        return value == null ? null : asNumber(value, min, max);
    }

    private @Nullable Long asNumber(Json value, long min, long max) {
        String range = "a whole number from " + min + " to " + max;
        if (!(value instanceof Json.Num(Spot spot, String literal))) {
            wrongKind(value, range);
            return null;
        }
        Long number = integer(literal);
        if (number == null || number < min || number > max) {
            wrongKind(value, range);
            return null;
        }
        return number;
    }

    /** A decimal integer without fraction or exponent, or null. */
    static @Nullable Long integer(String literal) {
        int digits = literal.startsWith("-") ? literal.length() - 1 : literal.length();
        if (digits < 1 || digits > 18) {
            return null;
        }
        for (int i = literal.length() - digits; i < literal.length(); i++) {
            if (literal.charAt(i) < '0' || literal.charAt(i) > '9') {
                return null;
            }
        }
        return Long.valueOf(literal);
    }

    /** An object to read on, or null where it is absent or of another kind. */
    @Nullable
    Fields object(String key) {
        Json value = value(key);
        shadowed(key).forEach(this::asObject);
        return value == null ? null : asObject(value);
    }

    @Nullable
    Fields asObject(Json value) {
        if (value instanceof Json.Obj inner) {
            return new Fields(inner, report);
        }
        wrongKind(value, "an object: {…}");
        return null;
    }

    /** The elements of a list; empty where it is absent or of another kind. Elements that are null are left out. */
    List<Json> list(String key) {
        Json value = value(key);
        shadowed(key).forEach(this::asList);
        return value == null ? List.of() : asList(value);
    }

    private List<Json> asList(Json value) {
        if (value instanceof Json.Arr(Spot spot, List<Json> items)) {
            return items.stream().filter(item -> !(item instanceof Json.Nil)).toList();
        }
        wrongKind(value, "a list: […]");
        return List.of();
    }

    /** The objects of a list. */
    List<Fields> objects(String key) {
        List<Fields> all = new ArrayList<>();
        for (Json item : list(key)) {
            Fields inner = asObject(item);
            if (inner != null) {
                all.add(inner);
            }
        }
        return all;
    }

    /** A list of texts that may also be one text with commas (peers section 5). */
    List<Json.Text> texts(String key) {
        Json value = value(key);
        shadowed(key).forEach(this::asTexts);
        return value == null ? List.of() : asTexts(value);
    }

    List<Json.Text> asTexts(Json value) {
        List<Json.Text> all = new ArrayList<>();
        if (value instanceof Json.Text(Spot spot, String joined)) {
            int from = 0;
            for (int comma = joined.indexOf(','); comma >= 0 && all.size() < MAX_JOINED; ) {
                all.add(new Json.Text(spot, joined.substring(from, comma).strip()));
                from = comma + 1;
                comma = joined.indexOf(',', from);
            }
            if (all.size() >= MAX_JOINED) {
                wrongKind(value, "at most " + MAX_JOINED + " entries");
            }
            all.add(new Json.Text(spot, joined.substring(from).strip()));
        } else if (value instanceof Json.Arr(Spot spot, List<Json> items)) {
            for (Json item : items) {
                Json.Text text = item instanceof Json.Nil ? new Json.Text(item.spot(), "") : asText(item);
                if (text != null) {
                    all.add(text);
                }
            }
        } else {
            wrongKind(value, "a list of texts, or one text with commas");
        }
        return all;
    }

    List<String> strings(String key) {
        return texts(key).stream().map(Json.Text::value).toList();
    }

    /** A list of texts that may not be one text with commas. */
    List<String> plainStrings(String key) {
        List<String> all = new ArrayList<>();
        for (Json item : list(key)) {
            Json.Text text = asText(item);
            if (text != null) {
                all.add(text.value());
            }
        }
        return all;
    }

    /** Lets a reader look at every value of an object whose keys are free, such as HTTP headers. */
    void each(Consumer<Json.Member> reader) {
        for (Json.Member member : members()) {
            known.add(member.key());
            reader.accept(member);
        }
    }

    void wrongKind(Json value, String expected) {
        report.error(value.spot(), "expected " + expected + ", found " + value.kind());
    }

    /** Warns of every key that nobody asked for. */
    void finish() {
        report.read(spot(), known);
        Set<String> names = new LinkedHashSet<>();
        known.forEach(key -> names.add(key.toLowerCase(Locale.ROOT)));
        object.members().forEach((name, member) -> {
            if (!names.contains(name)) {
                report.warning(
                        member.keySpot(),
                        "unknown key " + Words.quoted(member.key()) + ", ignored"
                                + Words.didYouMean(member.key(), known));
            }
        });
    }
}
