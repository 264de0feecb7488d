package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The live transcripts of the reference. Header lines are compared as sets, because the reference writes them in an order of
 * its own. On purpose otherwise: a connection stays open exactly where the answer says so, as HTTP/1.1 has it, while the reference
 * says it stays and closes it unless there was a Proxy-Connection line; an answer that is no HTTP is a 502; what is not HTTP is
 * closed at once.
 */
class HttpVectorsTest {
    private static final String UPSTREAM = "127.0.0.1:8081";
    private static final List<String> STAYS =
            List.of("Connection: keep-alive", "Keep-Alive: timeout=4", "Proxy-Connection: keep-alive");

    static Stream<JsonNode> inbound() {
        return StreamSupport.stream(
                Vectors.load("http_proxy.json").required("inbound").spliterator(), false);
    }

    static Stream<JsonNode> outbound() {
        return StreamSupport.stream(
                Vectors.load("http_proxy.json").required("outbound").spliterator(), false);
    }

    @ParameterizedTest
    @MethodSource("inbound")
    void inboundDoesWhatTheReferenceDoes(JsonNode vector) {
        for (boolean oneByOne : new boolean[] {false, true}) {
            String kind = vector.required("inbound").textValue();
            FakeProxy proxy = new FakeProxy(
                    kind.startsWith("accounts"), kind.equals("allowTransparent"), HttpVectorsTest::answer);
            for (String piece : texts(vector, "client_sends")) {
                if (oneByOne) {
                    proxy.sendOneByOne(piece.getBytes(StandardCharsets.ISO_8859_1));
                } else {
                    proxy.send(piece);
                }
            }
            compare(vector, proxy, kind.startsWith("accounts"));
            proxy.close();
        }
    }

    private static void compare(JsonNode vector, FakeProxy proxy, boolean password) {
        String name = vector.required("name").textValue();
        if (proxy.tunnel()) {
            assertThat(proxy.toClient()).isEqualTo("HTTP/1.1 200 Connection established\r\n\r\n");
            assertThat(String.join("", proxy.upstreams()))
                    .isEqualTo(String.join("", texts(vector, "upstream_receives")));
            return;
        }
        List<String> upstreams = new ArrayList<>(texts(vector, "upstream_receives"));
        String answers = text(vector.required("client_receives"));
        switch (name) {
            case "second request without Proxy-Connection is not served" -> {
                upstreams.add(upstreams.getFirst().replace("GET /1", "GET /2"));
                answers = answers.repeat(2);
            }
            case "chunked answer" -> answers = answers.replace("Connection: close", String.join("\r\n", STAYS));
            case "upstream answers garbage" -> answers = answers.replace("503 Service Unavailable", "502 Bad Gateway");
            default -> {}
        }
        assertThat(proxy.upstreams().stream().map(HttpMessages::joined).map(HttpMessages::sorted))
                .isEqualTo(upstreams.stream()
                        .map(HttpMessages::joined)
                        .map(HttpMessages::sorted)
                        .toList());
        assertThat(HttpMessages.sorted(proxy.toClient())).isEqualTo(HttpMessages.sorted(answers));
        assertThat(proxy.closed()).as("closed").isEqualTo(!proxy.toClient().contains(STAYS.getFirst()));
        if (password && !proxy.upstreams().isEmpty()) {
            assertThat(proxy.user()).isEqualTo("u-dev");
        }
    }

    /** What the destination of the transcripts answered, as far as they show it. */
    private static @Nullable String answer(HttpExchange exchange) {
        if (exchange.destination().port() == 1) {
            return null;
        }
        return switch (exchange.target().path()) {
            case "/hop" ->
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\nX-Keep: b\r\nX-Priv: a\r\n\r\nok";
            case "/chunked" ->
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Up: 1\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
            case "/nolen" -> "HTTP/1.1 200 OK\r\nX-Up: 1\r\n\r\nuntil close";
            case "/bad" -> "garbage\r\n\r\n";
            default -> "HTTP/1.1 200 OK\r\nServer: up\r\nContent-Length: 2\r\n\r\nok";
        };
    }

    @ParameterizedTest
    @MethodSource("outbound")
    void outboundSendsWhatTheReferenceSends(JsonNode vector) {
        String expected = texts(vector, "upstream_proxy_receives").getFirst();
        int pathEnd = expected.indexOf(" HTTP/1.1");
        String authority = expected.substring("CONNECT ".length(), pathEnd);
        int colon = authority.lastIndexOf(':');
        Destination destination = Destination.tcp(
                Address.parse(authority.substring(0, colon)), Integer.parseInt(authority.substring(colon + 1)));
        JsonNode user = vector.required("user");
        ByteBuf out = Unpooled.buffer();
        HttpConnectClient.writeRequest(
                out,
                destination,
                user.isNull()
                        ? null
                        : new HttpConnectClient.Credentials(
                                user.textValue(), vector.required("pass").textValue()));
        assertThat(out.toString(StandardCharsets.ISO_8859_1) + String.join("", texts(vector, "application_sends")))
                .isEqualTo(expected);

        HttpConnectClient client = new HttpConnectClient();
        ByteBuf in = Unpooled.copiedBuffer(
                String.join("", texts(vector, "upstream_proxy_sends")), StandardCharsets.ISO_8859_1);
        assertThat(client.read(in))
                .isInstanceOfSatisfying(
                        Decoded.Complete.class,
                        read -> assertThat(((HttpConnectClient.Answer) read.value()).status())
                                .isEqualTo(200));
        assertThat(in.toString(StandardCharsets.ISO_8859_1))
                .as("the reference may lose these bytes")
                .isEqualTo("ANSWER");
    }

    private static List<String> texts(JsonNode vector, String field) {
        List<String> texts = new ArrayList<>();
        vector.required(field).forEach(text -> texts.add(text(text)));
        return texts;
    }

    private static String text(JsonNode node) {
        return node.textValue().replace("UPSTREAM", UPSTREAM);
    }
}
