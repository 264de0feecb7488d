package io.culvert.router.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.model.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DomainMatcherTest {
    private static final int LOOKUPS = 400;

    @ParameterizedTest
    @CsvSource({
        "keyword:ads, www.ADS.example, true",
        "ADS, www.ads.example, true",
        "ads, www.example, false",
        "domain:Example.com, example.com, true",
        "domain:example.com, EXAMPLE.COM, true",
        "domain:example.com, a.b.example.com., true",
        "domain:example.com., a.example.com, true",
        "domain:example.com, badexample.com, false",
        "domain:example.com, com, false",
        "domain:com, example.com, true",
        "full:Example.com, eXample.com, true",
        "full:example.com, example.com., true",
        "full:example.com, www.example.com, false",
        "dotless:, localhost, true",
        "dotless:, a.b, false",
        "dotless:PC-, my-pc-1, true",
        "dotless:pc-, localhost, false",
        "regexp:^ads\\d+\\., ads12.example, true",
        "regexp:^ads\\d+\\., ADS12.example, true",
        "regexp:^ADS\\d+\\., ADS12.example, true",
        "regexp:^ADS\\d+\\., ads12.example, false",
        "regexp:example$, www.example., true",
        "domains:example.com, example.com, false"
    })
    void matches(String entry, String name, boolean expected) {
        assertThat(matcher(entry).matches(new Address.Domain(name))).isEqualTo(expected);
    }

    @Test
    void matchesWhenOneOfManyKindsDoes() {
        DomainMatcher matcher = matcher("full:a.example", "domain:a.example", "domain:b.example", "key", "regexp:^x");
        assertThat(matcher.matches(new Address.Domain("www.a.example"))).isTrue();
        assertThat(matcher.matches(new Address.Domain("b.example"))).isTrue();
        assertThat(matcher.matches(new Address.Domain("monkey.test"))).isTrue();
        assertThat(matcher.matches(new Address.Domain("xyz.test"))).isTrue();
        assertThat(matcher.matches(new Address.Domain("c.example"))).isFalse();
    }

    @RepeatedTest(40)
    void agreesWithComparingEntriesOneByOne(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        List<DomainEntry> entries = new ArrayList<>();
        DomainEntry.Kind[] kinds = {DomainEntry.Kind.FULL, DomainEntry.Kind.DOMAIN};
        for (int i = random.nextInt(60); i > 0; i--) {
            entries.add(new DomainEntry(kinds[random.nextInt(2)], aName(random)));
        }
        DomainMatcher matcher = new DomainMatcher(entries);
        for (int i = 0; i < LOOKUPS; i++) {
            String name = aName(random);
            boolean expected = entries.stream()
                    .anyMatch(entry -> name.equals(entry.value())
                            || (entry.kind() == DomainEntry.Kind.DOMAIN && name.endsWith("." + entry.value())));
            assertThat(matcher.matches(new Address.Domain(name)))
                    .as("%s in %s", name, entries)
                    .isEqualTo(expected);
        }
    }

    @Test
    void refusesExpressionsThatGoRefuses() {
        assertThatThrownBy(() -> matcher("regexp:a(")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> matcher("regexp:(?=a)")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesADotInADotlessText() {
        assertThatThrownBy(() -> matcher("dotless:a.b")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesTheFirstEntriesAndCountsTheRest() {
        assertThat(matcher("a", "full:b", "regexp:c", "domain:d", "e"))
                .hasToString("[keyword:a, full:b, regexp:c, domain:d] and 1 more");
    }

    private static String aName(Random random) {
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            name.append("abc".charAt(random.nextInt(3))).append('.');
        }
        return name.append("xy".charAt(random.nextInt(2))).toString();
    }

    private static DomainMatcher matcher(String... texts) {
        List<DomainEntry> entries = new ArrayList<>();
        for (String text : texts) {
            entries.add(DomainEntry.parse(text));
        }
        return new DomainMatcher(entries);
    }
}
