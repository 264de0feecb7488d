package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordsTest {
    private static final List<String> PROTOCOLS = List.of("vmess", "vless", "socks", "http");

    @Test
    void theNearestWordIsFound() {
        assertThat(Words.nearest("vmes", PROTOCOLS)).isEqualTo("vmess");
        assertThat(Words.nearest("VLESSS", PROTOCOLS)).isEqualTo("vless");
        assertThat(Words.nearest("scoks", PROTOCOLS)).isEqualTo("socks");
        assertThat(Words.nearest("outbuond", List.of("inbound", "outbound"))).isEqualTo("outbound");
    }

    @Test
    void farWordsAndEmptyOnesAreNotOffered() {
        assertThat(Words.nearest("wireguard", PROTOCOLS)).isNull();
        assertThat(Words.nearest("", PROTOCOLS)).isNull();
        assertThat(Words.nearest("a", List.of("", "xyz"))).isNull();
        assertThat(Words.nearest("x".repeat(10_000), PROTOCOLS)).isNull();
        assertThat(Words.didYouMean("zzz", PROTOCOLS)).isEmpty();
    }

    @Test
    void whatIsShownIsShortAndHasNoControlCharacters() {
        assertThat(Words.quoted("a\u001b[31m\n")).isEqualTo("\"a?[31m?\"");
        assertThat(Words.shown("x".repeat(100), 10)).isEqualTo("x".repeat(10) + "…");
    }
}
