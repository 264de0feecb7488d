package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonTreeReaderTest {
    @Test
    void commentsOfThreeKindsAreLeftOut() {
        String json = """
                { // one
                  # two
                  "log": /* three
                  */ {"loglevel": "debug", "access": "http://x/#y"} // "log": 5
                }""";
        assertThat(Loads.config(json).log().access()).isEqualTo("http://x/#y");
        assertThat(Loads.warnings(json))
                .containsExactly(
                        ": there is no outbound: every session is refused",
                        ": there is no inbound: no client is served");
    }

    @Test
    void keysAreTakenWhateverTheirCase() {
        assertThat(Loads.config("{\"LOG\": {\"LogLevel\": \"debug\"}}")
                        .log()
                        .level()
                        .name())
                .isEqualTo("DEBUG");
    }

    @Test
    void everyDiagnosticHasFileLineColumnAndPath() {
        LoadResult result = Loads.load("{\n  \"inbounds\": [\n    {\"port\": 70000}]}");
        assertThat(result.config()).isNull();
        assertThat(result.diagnostics().stream().map(Object::toString))
                .contains(
                        "c.json:3:14  error  inbounds[0].port: invalid port range: \"70000\"; expected a port from 0 to"
                                + " 65535, \"1000-1003\" or \"env:NAME\"");
    }

    @Test
    void trailingCommasAndTextBehindAreWarnings() {
        LoadResult result = Loads.load("{\"outbounds\": [{\"protocol\": \"freedom\",}, /* x */ ],\n} more");
        assertThat(result.diagnostics().stream().map(Object::toString))
                .containsExactly(
                        "c.json:1:1  warning  there is no inbound: no client is served",
                        "c.json:1:39  warning  a comma before this closing bracket, which V2Ray refuses",
                        "c.json:1:50  warning  a comma before this closing bracket, which V2Ray refuses",
                        "c.json:2:1  warning  a comma before this closing bracket, which V2Ray refuses",
                        "c.json:2:3  warning  the text after the end of the configuration is ignored");
    }

    @Test
    void aCommaInACommentIsNoTrailingComma() {
        assertThat(Loads.warnings("{\"outbounds\": [{\"protocol\": \"freedom\" /* , */ }] // ,\n} // ,"))
                .containsExactly(": there is no inbound: no client is served");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"inbounds\": [] /* oops | 1:17",
                "{\"log\": {\"access\": \"/*\"}, // /*;/* never */ /*/ | 2:13",
                "{ /* oops */ \"a\\\\\": 1, /* | 1:24"
            })
    void aCommentThatNeverEndsIsSaidWhereItBegins(String text, String at) {
        assertThat(Loads.load(text.replace(';', '\n')).diagnostics().stream().map(Object::toString))
                .containsExactly(
                        "c.json:" + at + "  error  the comment opened at " + at + " never ends: \"*/\" is missing");
    }

    @Test
    void aByteOrderMarkIsSkipped() {
        assertThat(Loads.load("\uFEFF{}").config()).isNotNull();
    }

    @Test
    void nullIsAbsentEverywhere() {
        String json = "{\"log\": null, \"inbounds\": [" + Loads.INBOUND
                + ", null], \"outbounds\": [{\"protocol\": \"freedom\", \"tag\": null,"
                + " \"settings\": null, \"streamSettings\": {\"network\": null}}], \"routing\": null}";
        assertThat(Loads.load(json).diagnostics()).isEmpty();
    }

    @Test
    void objectsOfARepeatedKeyAreMergedAndOtherValuesReplacedButChecked() {
        assertThat(Loads.config("{\"log\": {\"access\": \"a\"}, \"log\": {\"error\": \"e\"}}")
                        .log())
                .hasFieldOrPropertyWithValue("access", "a")
                .hasFieldOrPropertyWithValue("error", "e");
        assertThat(Loads.config("{\"log\": {\"access\": \"a\", \"Access\": \"b\"}}")
                        .log()
                        .access())
                .isEqualTo("b");
        assertThat(Loads.errors("{\"log\": {\"access\": 5, \"access\": \"b\"}}"))
                .containsExactly("log.access: expected text in double quotes, found the number 5");
        assertThat(Loads.warnings("{\"log\": {\"access\": \"a\", \"access\": \"b\"}, \"log\": {}}"))
                .contains(
                        "log.access: \"access\" is given twice; the last one counts",
                        "log: \"log\" is given twice; both are taken together");
    }

    @Test
    void protocolSettingsOfARepeatedKeyAreReplacedAsAWhole() {
        String json = Loads.outbound("\"protocol\": \"freedom\", \"settings\": {\"redirect\": \"a:1\"},"
                + " \"settings\": {\"userLevel\": 3}");
        assertThat(Loads.theOutbound(json).settings())
                .hasFieldOrPropertyWithValue("redirectPort", 0)
                .hasFieldOrPropertyWithValue("userLevel", 3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'log': {}} | 1:2 | unexpected character \"'\"; expected a key in double quotes",
                "{\"a\" 1} | 1:6 | unexpected character \"1\"; expected a colon after the key",
                "{\"a\": 1 \"b\": 2} | 1:9 | unexpected character \"\"\"; expected a comma or a closing bracket",
                "{\"a\": } | 1:7 | unexpected character \"}\"; expected a value",
                "{\"a\": tru} | 1:7 | neither a number, true, false, null nor text in double quotes",
                "{\"a\": 01} | 1:8 | not a valid number",
                "{\"a\": \"\\x\"} | 1:9 | an unknown escape inside quotes; a backslash is written as two",
                "{\"a\": { | 1:8 | the text ends too early: a closing bracket or quote is missing",
                "[1, 2] | 1:1 | expected an object: {…}, found a list",
                "5 | 1:1 | expected an object: {…}, found the number 5",
                "<html> | 1:1 | unexpected character \"<\"; expected a value",
            })
    void syntaxErrorsHaveAPlaceAndPlainWords(String json, String place, String words) {
        LoadResult result = Loads.load(json);
        assertThat(result.diagnostics()).hasSize(1);
        assertThat(result.diagnostics().getFirst().toString()).isEqualTo("c.json:" + place + "  error  " + words);
    }

    @Test
    void aLineBreakInsideQuotesIsNamed() {
        assertThat(Loads.errors("{\"a\": \"b\nc\"}").getFirst()).contains("is a closing quote missing before it?");
    }

    @Test
    void anEmptyFileIsNamed() {
        assertThat(Loads.errors("  // nothing\n").getFirst()).contains("the file is empty");
    }

    @Test
    void depthIsBounded() {
        String deep = "{\"a\":" + "[".repeat(200_000);
        assertThat(Loads.errors(deep)).singleElement().asString().contains("nested deeper than 100 levels");
        String allowed = "{\"a\":" + "[".repeat(99) + "]".repeat(99) + "}";
        assertThat(Loads.errors(allowed)).isEmpty();
    }

    @Test
    void theNumberOfValuesIsBounded() {
        String many = "{\"a\": [" + "0,".repeat(JsonTreeReader.MAX_VALUES) + "0]}";
        assertThat(Loads.errors(many)).singleElement().asString().contains("more than 1000000 values");
    }

    @Test
    void theLengthIsBounded() {
        String text = " ".repeat(JsonTreeReader.MAX_CHARS + 1);
        assertThat(ConfigLoader.load(List.of(new Source("big", text)), Loads.environment(Map.of()))
                        .diagnostics())
                .singleElement()
                .asString()
                .contains("characters, and the limit is " + JsonTreeReader.MAX_CHARS);
    }

    @Test
    void manyFaultsAreCountedNotKept() {
        StringBuilder json = new StringBuilder("{\"log\": {\"loglevel\": 5");
        for (int i = 0; i < 5_000; i++) {
            json.append(", \"unknown").append(i).append("\": 1");
        }
        LoadResult result = Loads.load(json.append("}}").toString());
        assertThat(result.diagnostics()).hasSizeBetween(Report.MAX_DIAGNOSTICS, Report.MAX_DIAGNOSTICS + 10);
        assertThat(result.diagnostics().getLast().message()).endsWith("more faults, not shown");
        assertThat(result.config()).isNull();
    }

    @Test
    void manyRepeatedKeysTakeNoTime() {
        String json =
                "{\"log\": {\"a\": 1}" + ", \"log\": {}".repeat(100_000) + ", \"x\": 1, \"x\": 2".repeat(50_000) + "}";
        assertThat(Loads.load(json).config()).isNotNull();
    }

    @Test
    void unknownKeysWarnWithTheNearestKnownOne() {
        assertThat(Loads.warnings(Loads.socks(", \"streamSetings\": {}, \"remark\": \"x\"")))
                .containsExactly(
                        "inbounds[0].streamSetings: unknown key \"streamSetings\", ignored; did you mean"
                                + " \"streamSettings\"?",
                        "inbounds[0].remark: unknown key \"remark\", ignored");
    }
}
