package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The request lines were taken from a V2Ray 4.34 client, the other paths from Go's {@code net/url}. */
class RequestPathTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "/|/",
                "/a b|/a%20b",
                "/ж/x|/%D0%B6/x",
                "/p?ed=2048|/p?ed=2048",
                "/a%20b|/a%20b",
                "/a%2fb|/a%2fb",
                "/a%41b|/a%41b",
                "/a%41 b|/aA%20b",
                "/q?x=y z|/q?x=y z",
                "/a#frag|/a",
                "/x?#y|/x?",
                "/?|/?",
                "/[x]|/[x]",
                "/[x] y|/%5Bx%5D%20y",
                "/a\"<>^`{}b|/a%22%3C%3E%5E%60%7B%7Db",
                "/a;b,c:d@e&f=g+h$i!j*k'(l)|/a;b,c:d@e&f=g+h$i!j*k'(l)",
                "/a\\b|/a%5Cb",
                "//host/x|//host/x",
                "/%zz|/%25zz",
                "/%4|/%254",
            })
    void aPathIsWrittenAsV2RayWritesIt(String configured, String target) {
        assertThat(RequestPath.target(configured)).isEqualTo(target);
    }

    /** As bytes, of which each is a character of the line. */
    @Test
    void aQueryIsSentAsItIs() {
        assertThat(RequestPath.target("/q?ж=1")).isEqualTo("/q?\u00d0\u00b6=1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "/p|/p|%2Fp",
                "/a b|/a%20b|%2Fa%20b",
                "/ж|/%D0%B6|%2F%D0%B6",
                "/p?ed=2048|/p%3Fed=2048|%2Fp%3Fed=2048",
                "/a%20b|/a%2520b|%2Fa%2520b",
                "/a#frag|/a%23frag|%2Fa%23frag",
                "/[x]|/%5Bx%5D|%2F%5Bx%5D",
                "/;,:@&=+$!*'()|/;,:@&=+$%21%2A%27%28%29|%2F%3B%2C:@&=+$%21%2A%27%28%29",
                "/-_.~|/-_.~|%2F-_.~",
            })
    void aWholePathAndASegmentAreEscapedAsGoEscapesThem(String plain, String path, String segment) {
        assertThat(RequestPath.escape(plain)).isEqualTo(path);
        assertThat(RequestPath.escapeSegment(plain)).isEqualTo(segment);
    }

    @ParameterizedTest
    @CsvSource({"/a b", "/ж/x", "/[x]", "/a;b", "/%zz", "/~é"})
    void aServerReadsWhatAClientWrites(String configured) {
        assertThat(RequestPath.of(RequestPath.target(configured))).isEqualTo(configured);
        assertThat(RequestPath.of(RequestPath.escape(configured))).isEqualTo(configured);
    }

    @ParameterizedTest
    @CsvSource({"/%7", "/%zz", "*", "http://host"})
    void whatIsNoPathIsNone(String target) {
        assertThat(RequestPath.of(target)).isNull();
    }
}
