package io.culvert.config.reader;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as V2Ray reads it (peers section 5, "Loader rules") into a tree with positions: comments of three kinds, keys
 * whatever their case, repeated keys, and text after the first value. Trailing commas are accepted with a warning.
 */
final class JsonTreeReader {
    /** The longest text that is read, in characters. */
    static final int MAX_CHARS = 32 * 1024 * 1024;
    /** How deep objects and lists may stand in each other. */
    static final int MAX_DEPTH = 100;
    /** How many values one text may hold. */
    static final int MAX_VALUES = 1_000_000;
    /** The longest key, in characters. */
    static final int MAX_KEY_CHARS = 4_096;
    /** The longest number, in characters. */
    static final int MAX_NUMBER_CHARS = 100;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(JsonReadFeature.ALLOW_YAML_COMMENTS)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(MAX_KEY_CHARS)
                    .maxNumberLength(MAX_NUMBER_CHARS)
                    .maxStringLength(MAX_CHARS)
                    .maxDocumentLength(-1L)
                    .build())
            .build();

    private final String file;
    private final String text;
    private final Report report;
    private int values;
    private int lastEnd;

    /** A parser with this reader's rules. */
    static JsonParser parser(String text) throws IOException {
        return FACTORY.createParser(text);
    }

    /** What writes JSON into a writer. */
    static JsonGenerator generator(Writer out) throws IOException {
        return FACTORY.createGenerator(out);
    }

    private JsonTreeReader(String file, String text, Report report) {
        this.file = file;
        this.text = text;
        this.report = report;
    }

    /** The object at the top of a text, or null where there is none: the report says why. */
    static Json.@Nullable Obj read(Source source, Report report) {
        String text = source.text().startsWith("\uFEFF") ? source.text().substring(1) : source.text();
        if (text.length() > MAX_CHARS) {
            report.error(
                    Spot.top(source.name(), 1, 1),
                    "the text has " + text.length() + " characters, and the limit is " + MAX_CHARS);
            return null;
        }
        return new JsonTreeReader(source.name(), text, report).top();
    }

    private Json.@Nullable Obj top() {
        try (JsonParser parser = FACTORY.createParser(text.toCharArray())) {
            try {
                if (parser.nextToken() == null) {
                    report.error(Spot.top(file, 1, 1), "the file is empty; expected an object: {…}");
                    return null;
                }
                Json value = value(parser, null, "");
                warnOfTextBehind();
                if (value instanceof Json.Obj top) {
                    return top;
                }
                if (value instanceof Json.Nil) {
                    return new Json.Obj(value.spot(), new LinkedHashMap<>());
                }
                report.error(value.spot(), "expected an object: {…}, found " + value.kind());
            } catch (TooManyValuesException e) {
                report.error(e.spot, "there are more than " + MAX_VALUES + " values, the limit");
            } catch (JsonProcessingException e) {
                int comment = openComment();
                if (comment < 0) {
                    report.error(spotOf(e.getLocation()), explain(e));
                } else {
                    Spot opened = spotAt(comment);
                    report.error(
                            opened,
                            "the comment opened at " + opened.line() + ":" + opened.column() + " never ends: \"*/\" is"
                                    + " missing");
                }
            }
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException("a text in memory", e);
        }
    }

    private Json value(JsonParser parser, @Nullable Spot parent, String step) throws IOException {
        JsonLocation location = parser.currentTokenLocation();
        Spot spot = new Spot(file, location.getLineNr(), location.getColumnNr(), parent, step);
        if (++values > MAX_VALUES) {
            throw new TooManyValuesException(spot);
        }
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return object(parser, spot);
        }
        if (token == JsonToken.START_ARRAY) {
            return array(parser, spot);
        }
        Json scalar = switch (token) {
            case VALUE_STRING -> new Json.Text(spot, parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Json.Num(spot, parser.getText());
            case VALUE_TRUE -> new Json.Bool(spot, true);
            case VALUE_FALSE -> new Json.Bool(spot, false);
            case VALUE_NULL -> new Json.Nil(spot);
            case null, default -> throw new IllegalStateException("not a JSON value: " + token);
        };
        lastEnd = offset(parser);
        return scalar;
    }

    private Json.Arr array(JsonParser parser, Spot spot) throws IOException {
        List<Json> items = new ArrayList<>();
        lastEnd = offset(parser);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser, spot, "[" + items.size() + "]"));
        }
        end(parser);
        return new Json.Arr(spot, items);
    }

    private Json.Obj object(JsonParser parser, Spot spot) throws IOException {
        Map<String, Json.Member> members = new LinkedHashMap<>();
        lastEnd = offset(parser);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            JsonLocation at = parser.currentTokenLocation();
            Spot keySpot = new Spot(file, at.getLineNr(), at.getColumnNr(), spot, key);
            parser.nextToken();
            Json value = value(parser, spot, key);
            // A null changes nothing, neither by itself nor after another value.
            if (!(value instanceof Json.Nil)) {
                put(members, new Json.Member(key, keySpot, value, List.of()));
            }
        }
        end(parser);
        return new Json.Obj(spot, members);
    }

    private void put(Map<String, Json.Member> members, Json.Member member) {
        String name = member.key().toLowerCase(Locale.ROOT);
        Json.Member earlier = members.get(name);
        if (earlier == null) {
            members.put(name, member);
            return;
        }
        if (earlier.value() instanceof Json.Obj first
                && member.value() instanceof Json.Obj second
                && merges(name, member)) {
            report.warning(member.keySpot(), Words.quoted(member.key()) + " is given twice; both are taken together");
            second.members().values().forEach(one -> put(first.members(), one));
            return;
        }
        report.warning(member.keySpot(), Words.quoted(member.key()) + " is given twice; the last one counts");
        List<Json> shadowed = earlier.shadowed().isEmpty() ? new ArrayList<>() : earlier.shadowed();
        shadowed.add(earlier.value());
        members.put(name, new Json.Member(member.key(), member.keySpot(), member.value(), shadowed));
    }

    /** Protocol settings and headers are read as a whole by V2Ray: there the last object replaces the earlier one. */
    private static boolean merges(String name, Json.Member member) {
        Spot parent = member.keySpot().parent();
        boolean inRouting = parent != null && parent.step().equalsIgnoreCase("routing");
        return inRouting || !(name.equals("settings") || name.equals("header") || name.equals("response"));
    }

    private void end(JsonParser parser) {
        int start = (int) parser.currentTokenLocation().getCharOffset();
        int comma = nextMeaningful(lastEnd, start);
        if (comma < start && text.charAt(comma) == ',') {
            JsonLocation at = parser.currentTokenLocation();
            report.warning(
                    Spot.top(file, at.getLineNr(), at.getColumnNr()),
                    "a comma before this closing bracket, which V2Ray refuses");
        }
        lastEnd = offset(parser);
    }

    private static int offset(JsonParser parser) {
        return (int) parser.currentLocation().getCharOffset();
    }

    private void warnOfTextBehind() {
        int behind = nextMeaningful(lastEnd, text.length());
        if (behind < text.length()) {
            report.warning(spotAt(behind), "the text after the end of the configuration is ignored");
        }
    }

    /** The next character that is neither white space nor in a comment, or {@code end}. */
    private int nextMeaningful(int from, int end) {
        int at = from;
        while (at < end) {
            char c = text.charAt(at);
            char next = at + 1 < end ? text.charAt(at + 1) : ' ';
            if (c == '#' || (c == '/' && next == '/')) {
                int line = text.indexOf('\n', at);
                at = line < 0 ? end : line + 1;
            } else if (c == '/' && next == '*') {
                int close = text.indexOf("*/", at + 2);
                at = close < 0 ? end : close + 2;
            } else if (c <= ' ') {
                at++;
            } else {
                return at;
            }
        }
        return end;
    }

    /** Where a comment begins that nothing ends, or -1. */
    private int openComment() {
        boolean quoted = false;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quoted) {
                at += c == '\\' ? 1 : 0;
                quoted = c != '"';
            } else if (c == '"') {
                quoted = true;
            } else if (c == '#' || text.startsWith("//", at)) {
                int line = text.indexOf('\n', at);
                at = line < 0 ? text.length() : line;
            } else if (text.startsWith("/*", at)) {
                int close = text.indexOf("*/", at + 2);
                if (close < 0) {
                    return at;
                }
                at = close + 1;
            }
        }
        return -1;
    }

    private Spot spotAt(int offset) {
        int line = 1;
        int lineStart = 0;
        for (int at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
            line++;
            lineStart = at + 1;
        }
        return Spot.top(file, line, offset - lineStart + 1);
    }

    private Spot spotOf(@Nullable JsonLocation location) {
        return location == null ? Spot.top(file, 1, 1) : Spot.top(file, location.getLineNr(), location.getColumnNr());
    }

    /** Jackson's words in plain ones. The text itself is not repeated: it may hold a secret. */
    private String explain(JsonProcessingException e) {
        if (e instanceof StreamConstraintsException) {
            return "nested deeper than " + MAX_DEPTH + " levels, or a key or number of absurd length";
        }
        String raw = e.getOriginalMessage();
        if (raw.startsWith("Unexpected end-of-input") || raw.contains("EOF")) {
            return "the text ends too early: a closing bracket or quote is missing";
        }
        if (raw.startsWith("Illegal unquoted character")) {
            return "a line break or control character inside quotes; is a closing quote missing before it?";
        }
        if (raw.startsWith("Unrecognized character escape")) {
            return "an unknown escape inside quotes; a backslash is written as two";
        }
        if (raw.startsWith("Unrecognized token")) {
            return "neither a number, true, false, null nor text in double quotes";
        }
        String found = "unexpected character" + foundAt(e.getLocation());
        if (raw.contains("colon")) {
            return found + "; expected a colon after the key";
        }
        if (raw.contains("double-quote to start") || raw.contains("field name")) {
            return found + "; expected a key in double quotes";
        }
        if (raw.contains("comma to separate")) {
            return found + "; expected a comma or a closing bracket";
        }
        if (raw.contains("expected a valid value") || raw.contains("expected a value")) {
            return found + "; expected a value";
        }
        if (raw.contains("umeric") || raw.contains("digit")) {
            return "not a valid number";
        }
        return found;
    }

    private String foundAt(@Nullable JsonLocation location) {
        long offset = location == null ? -1 : location.getCharOffset();
        if (offset < 0 || offset >= text.length()) {
            return "";
        }
        return " " + Words.quoted(String.valueOf(text.charAt((int) offset)));
    }

    private static final class TooManyValuesException extends IOException {
        private static final long serialVersionUID = 1L;
        private final transient Spot spot;

        TooManyValuesException(Spot spot) {
            super("too many values");
            this.spot = spot;
        }
    }
}
