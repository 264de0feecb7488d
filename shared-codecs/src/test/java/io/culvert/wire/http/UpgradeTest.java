package io.culvert.wire.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.model.Address;
import io.culvert.testkit.Vectors;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.UpgradeServer.Granted;
import io.culvert.wire.http.UpgradeServer.Refusal;
import io.culvert.wire.http.UpgradeServer.Refused;
import io.culvert.wire.http.UpgradeServer.Route;
import io.culvert.wire.http.UpgradeServer.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpgradeTest {
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final String UPGRADE = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
    private static final String WEB_SOCKET =
            UPGRADE + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + "\r\n";
    private static final Route ROUTE = Route.of("/p?ignored", true, EarlyData.DEFAULT_HEADER);

    private static Verdict judge(Route route, String request) {
        UpgradeServer server = new UpgradeServer(route);
        ByteBuf in = Unpooled.buffer();
        byte[] bytes = request.getBytes(StandardCharsets.ISO_8859_1);
        Decoded<Verdict> result = Decoded.needMore();
        for (int i = 0; i < bytes.length && result instanceof Decoded.NeedMore<Verdict>; i++) {
            result = server.read(in.writeByte(bytes[i]));
        }
        if (result instanceof Decoded.Complete<Verdict>(Verdict verdict)) {
            return verdict;
        }
        throw new AssertionError("no verdict on " + request);
    }

    private static Granted granted(Route route, String request) {
        return (Granted) judge(route, request);
    }

    private static String get(String target, String headers) {
        return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
    }

    private static String text(ByteBuf bytes) {
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void answers_as_the_reference_does() {
        for (JsonNode one : Vectors.load("websocket.json").required("server")) {
            ByteBuf in = Unpooled.wrappedBuffer(HexFormat.of()
                    .parseHex(one.required("client_sends_hex").get(0).textValue()));
            Verdict verdict = judge(Route.of("/p-dev", true, null), text(in));
            ByteBuf out = Unpooled.buffer();
            switch (verdict) {
                case Granted granted -> UpgradeServer.writeGranted(out, granted);
                case Refused refused -> UpgradeServer.writeRefused(out, refused, "<now>");
            }
            String body =
                    one.required("body").isNull() ? "" : one.required("body").textValue();
            assertThat(text(out))
                    .as(one.required("name").textValue())
                    .isEqualTo(one.required("response_head").textValue() + "\r\n\r\n" + body);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/p, GRANTED",
        "/p?x=y, GRANTED",
        "/%70, GRANTED",
        "http://host/p, GRANTED",
        "/P, NOT_FOUND",
        "/p/, NOT_FOUND",
        "/, NOT_FOUND",
        "http://host, MALFORMED",
        "*, MALFORMED",
        "/%7, MALFORMED",
        "/%zz, MALFORMED",
    })
    void compares_the_decoded_path_exactly(String target, String expected) {
        Verdict verdict = judge(ROUTE, get(target, WEB_SOCKET));
        assertThat(verdict instanceof Refused refused ? refused.refusal().name() : "GRANTED")
                .isEqualTo(expected);
    }

    @Test
    void wants_a_whole_handshake() {
        assertThat(judge(ROUTE, get("/p", UPGRADE))).isEqualTo(new Refused(Refusal.NO_UPGRADE, true));
        assertThat(judge(ROUTE, get("/p", WEB_SOCKET.replace("13", "12"))))
                .isEqualTo(new Refused(Refusal.NO_UPGRADE, true));
        assertThat(judge(ROUTE, get("/p", WEB_SOCKET).replace("GET", "PUT")))
                .isEqualTo(new Refused(Refusal.WRONG_METHOD, true));
        assertThat(judge(Route.of("/p", false, null), get("/p", UPGRADE))).isInstanceOf(Granted.class);
    }

    @Test
    void a_refused_connection_stays_open_only_where_the_next_request_can_be_found() {
        assertThat(judge(ROUTE, get("/x", "Connection: close\r\n"))).isEqualTo(new Refused(Refusal.NOT_FOUND, false));
        assertThat(judge(ROUTE, get("/x", "Content-Length: 5\r\n"))).isEqualTo(new Refused(Refusal.NOT_FOUND, false));
        assertThat(judge(ROUTE, "\u0016\u0003\u0001")).isEqualTo(new Refused(Refusal.MALFORMED, false));
    }

    /** Measured of 4.34: 6,144 bytes are taken, and one more is too many wherever it stands. */
    @ParameterizedTest
    @ValueSource(strings = {"GET /p?%s HTTP/1.1\r\n", "GET /p HTTP/1.1\r\nX: %s\r\n"})
    void a_head_is_as_long_as_the_reference_takes_it(String start) {
        String rest = WEB_SOCKET + "\r\n";
        int room = 6_144 - start.length() + "%s".length() - rest.length();
        assertThat(judge(ROUTE, start.formatted("y".repeat(room)) + rest)).isInstanceOf(Granted.class);
        Refused refused = (Refused) judge(ROUTE, start.formatted("y".repeat(room + 1)) + rest);
        assertThat(refused).isEqualTo(new Refused(Refusal.TOO_LONG, false));
        ByteBuf out = Unpooled.buffer();
        UpgradeServer.writeRefused(out, refused, "<now>");
        assertThat(text(out))
                .isEqualTo("HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
                        + "Connection: close\r\n\r\n431 Request Header Fields Too Large");
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "Sec-WebSocket-Protocol|_-8|ffef|true",
                "Sec-WebSocket-Protocol|/+8=|ffef|true",
                "Sec-WebSocket-Protocol|chat, superchat||false",
                "X-Early|AQI|0102|false",
            },
            delimiter = '|')
    void takes_early_data_from_a_header_and_echoes_a_subprotocol(
            String header, String value, @Nullable String bytes, boolean echoed) {
        Granted granted = granted(Route.of("/p", true, header), get("/p", WEB_SOCKET + header + ": " + value + "\r\n"));
        byte[] expected = HexFormat.of().parseHex(bytes == null ? "" : bytes);
        assertThat(ByteBufUtil.getBytes(granted.earlyData())).isEqualTo(expected);
        ByteBuf out = Unpooled.buffer();
        UpgradeServer.writeGranted(out, granted);
        assertThat(text(out).contains("Sec-WebSocket-Protocol: " + value + "\r\n"))
                .isEqualTo(echoed);
    }

    @Test
    void takes_early_data_from_behind_the_path() {
        Route route = Route.of("/p/", true, "");
        assertThat(ByteBufUtil.getBytes(
                        granted(route, get("/p/AQI", WEB_SOCKET)).earlyData()))
                .containsExactly(1, 2);
        assertThat(granted(route, get("/p/", WEB_SOCKET)).earlyData().isReadable())
                .isFalse();
        assertThat(judge(route, get("/p/!", WEB_SOCKET))).isEqualTo(new Refused(Refusal.NOT_FOUND, true));
        assertThat(judge(route, get("/q/AQI", WEB_SOCKET))).isEqualTo(new Refused(Refusal.NOT_FOUND, true));
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "192.0.2.7|192.0.2.7",
                "2001:db8::1 , 192.0.2.7|2001:db8::1",
                "unknown|",
                "a.example, 192.0.2.7|192.0.2.7",
                "127.0.0.1, ::1, 0.0.0.0, 192.0.2.7|192.0.2.7",
                "192.0.2.7:4711, 192.0.2.8|192.0.2.7",
                "[2001:db8::1]:4711|2001:db8::1",
                "[::1]:1, [192.0.2.7|",
                "127.0.0.1|",
                ",|",
                "|"
            },
            delimiter = '|')
    void the_first_forwarded_address_of_another_host_counts(@Nullable String value, @Nullable String expected) {
        Granted granted =
                granted(ROUTE, get("/p", WEB_SOCKET + "X-Forwarded-For: " + (value == null ? "" : value) + "\r\n"));
        assertThat(granted.forwardedFor()).isEqualTo(expected == null ? null : InetAddress.ofLiteral(expected));
    }

    @Test
    void forwarded_addresses_of_all_fields_are_looked_at() {
        String made = "X-Forwarded-For: 127.0.0.1\r\nx-forwarded-for: 192.0.2.7\r\n";
        assertThat(granted(ROUTE, get("/p", WEB_SOCKET + made)).forwardedFor())
                .isEqualTo(InetAddress.ofLiteral("192.0.2.7"));
    }

    @Test
    void asks_as_the_reference_does() {
        JsonNode client = Vectors.load("websocket.json").required("client");
        Map<String, String> headers = new HashMap<>();
        client.required("config")
                .required("headers")
                .properties()
                .forEach(one -> headers.put(one.getKey(), one.getValue().textValue()));
        String path = client.required("config").required("path").textValue();
        ByteBuf out = Unpooled.buffer();
        new UpgradeClient(new UpgradeClient.Request(path, headers), "<random>").write(out, "unused", "", null);
        assertThat(text(out)).isEqualTo(client.required("request_text").textValue() + "\r\n\r\n");
    }

    @Test
    void early_data_goes_into_a_header_or_behind_the_path() {
        UpgradeClient client = new UpgradeClient(new UpgradeClient.Request("/p", Map.of()), KEY);
        ByteBuf out = Unpooled.buffer();
        client.write(out, "h:1", EarlyData.DEFAULT_HEADER, "AQI");
        assertThat(text(out))
                .startsWith("GET /p HTTP/1.1\r\nHost: h:1\r\n")
                .contains("Sec-WebSocket-Protocol: AQI\r\n");
        out.clear();
        client.write(out, "h:1", "", "AQI");
        assertThat(text(out)).startsWith("GET /pAQI HTTP/1.1\r\n");
    }

    @Test
    void leaves_the_port_out_that_goes_without_saying() {
        Address name = Address.parse("a.example");
        assertThat(UpgradeClient.host(name, 80, false)).isEqualTo("a.example");
        assertThat(UpgradeClient.host(name, 80, true)).isEqualTo("a.example:80");
        assertThat(UpgradeClient.host(name, 443, true)).isEqualTo("a.example");
        assertThat(UpgradeClient.host(Address.parse("::1"), 8080, false)).isEqualTo("[::1]:8080");
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "101 Switching Protocols|Upgrade: websocket|s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|true",
                "101|Upgrade: WebSocket|s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|true",
                "200 OK|Upgrade: websocket|s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|false",
                "101 Switching Protocols|Upgrade: h2c|s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|false",
                "101 Switching Protocols|Upgrade: websocket|s3pPLMBiTxaQ9kYGzzhZRbK+xOO=|false",
            },
            delimiter = '|')
    void believes_only_a_right_answer(String status, String upgrade, String accept, boolean accepted) {
        UpgradeClient client = new UpgradeClient(new UpgradeClient.Request("/", Map.of()), KEY);
        ByteBuf in = Unpooled.copiedBuffer(
                "HTTP/1.1 " + status + "\r\n" + upgrade + "\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept
                        + "\r\n\r\nrest",
                StandardCharsets.US_ASCII);
        assertThat(client.read(in) instanceof Decoded.Complete<Boolean>).isEqualTo(accepted);
        if (accepted) {
            assertThat(text(in)).isEqualTo("rest");
        }
    }
}
