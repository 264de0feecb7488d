package io.culvert.transport.h2;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.config.TransportSettings.Http2;
import io.culvert.testkit.Vectors;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What 4.34's client asks and what its server answers. */
class Http2VectorsTest {
    private static final JsonNode VECTORS = Vectors.load("h2.json");
    private static final Http2 SETTINGS =
            new Http2(List.of("front.dev.example", "second.example"), "/p-dev", "PUT", Map.of(), true);

    static Stream<JsonNode> requests() {
        return StreamSupport.stream(VECTORS.required("server").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void a_server_judges_as_the_reference(JsonNode request) {
        Http2Headers answer = new Http2Service(SETTINGS)
                .answer(new DefaultHttp2Headers()
                        .authority(request.required("authority").textValue())
                        .path(request.required("path").textValue())
                        .method(request.required("method").textValue()));
        if (request.required("status").intValue() == 404) {
            assertThat(answer).isNull();
        } else {
            assertThat(fields(Objects.requireNonNull(answer)))
                    .isEqualTo(Map.of(":status", "200", "cache-control", "no-store"));
        }
    }

    @Test
    void a_client_asks_as_the_reference() {
        JsonNode client = VECTORS.required("client");
        Http2 settings = new Http2(
                List.of(client.required("config").required("host").get(0).textValue()),
                client.required("config").required("path").textValue(),
                "PUT",
                Map.of(),
                true);
        Map<String, String> expected = new TreeMap<>();
        client.required("header_fields")
                .forEach(field ->
                        expected.put(field.get(0).textValue(), field.get(1).textValue()));
        assertThat(fields(new Http2Request(settings, () -> new Random(1)).headers()))
                .isEqualTo(expected);
    }

    @Test
    void without_hosts_a_client_says_the_default_and_a_server_takes_any() {
        Http2 settings = new Http2(List.of(), "no/slash", "", Map.of("X-More", "1"), true);
        Http2Headers asked = new Http2Request(settings, () -> new Random(1)).headers();
        assertThat(fields(asked))
                .containsEntry(":authority", "www.example.com")
                .containsEntry(":path", "/no/slash")
                .containsEntry(":method", "PUT")
                .containsEntry("x-more", "1");
        assertThat(new Http2Service(settings).answer(asked.authority("any"))).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "/a b, /a%20b, true",
        "/ж, /%D0%B6/more, true",
        "/a%20b, /a%2520b, true",
        "/a%20b, /a%20b, false",
        "/p?x, /p%3Fx, true",
        "/p?x, /p?x, false",
        "/p, /p?x, true",
        "/p, /p%zz, false"
    })
    void a_path_is_escaped_and_compared_decoded(String configured, String path, boolean taken) {
        Http2 settings = new Http2(List.of(), configured, "PUT", Map.of(), true);
        Http2Service server = new Http2Service(settings);
        assertThat(server.answer(new DefaultHttp2Headers().path(path)) != null).isEqualTo(taken);
        assertThat(server.answer(new Http2Request(settings, () -> new Random(1)).headers()))
                .isNotNull();
    }

    private static Map<String, String> fields(Http2Headers headers) {
        Map<String, String> fields = new TreeMap<>();
        headers.forEach(
                field -> fields.put(field.getKey().toString(), field.getValue().toString()));
        return fields;
    }
}
