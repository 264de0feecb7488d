package io.culvert.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminVerticleTest {
    private final FakeServices services = new FakeServices();
    private final Metrics metrics = new Metrics();
    private Vertx vertx = Vertx.vertx();
    private int port;

    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void deploy() throws Exception {
        port = deploy(folder.resolve("token"));
    }

    private int deploy(Path tokenFile) throws Exception {
        return deploy("127.0.0.1", tokenFile, null);
    }

    private int deploy(String host, Path tokenFile, @Nullable Path metricsToken) throws Exception {
        AdminOptions options = new AdminOptions(host, 0, "1.2.3", tokenFile, metricsToken, Set.of("admin.example"));
        AdminVerticle verticle = new AdminVerticle(options, metrics, services);
        vertx.deployVerticle(verticle).toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        return verticle.port();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        metrics.close();
    }

    @Test
    void saysHello() throws Exception {
        assertThat(get("/hello", "127.0.0.1:" + port))
                .startsWith("HTTP/1.1 200")
                .endsWith("Culvert 1.2.3 is up\n");
    }

    @Test
    void answersOnlyUnderItsNames() throws Exception {
        assertThat(get("/hello", "localhost")).startsWith("HTTP/1.1 200");
        assertThat(get("/hello", "[::1]:9800")).startsWith("HTTP/1.1 200");
        assertThat(get("/hello", "ADMIN.example")).startsWith("HTTP/1.1 200");
        assertThat(get("/hello", "[2001:DB8::7]:" + port)).startsWith("HTTP/1.1 200");
        assertThat(get("/hello", "[2001:db8::8]:" + port)).startsWith("HTTP/1.1 421");
        assertThat(get("/hello", "192.0.2.1")).startsWith("HTTP/1.1 421");
        assertThat(get("/hello", "evil.example:" + port)).startsWith("HTTP/1.1 421");
        assertThat(get("/metrics", "127.0.0.1.evil.example")).startsWith("HTTP/1.1 421");
    }

    @Test
    void readinessFollowsTheNode() throws Exception {
        assertThat(get("/ready", "localhost")).startsWith("HTTP/1.1 200");
        services.ready = false;
        assertThat(get("/ready", "localhost")).startsWith("HTTP/1.1 503");
        assertThat(get("/health", "localhost")).startsWith("HTTP/1.1 200");
    }

    /** A load balancer, a kubelet: they have addresses and names for the node that it does not know. */
    @Test
    void probesNeedNoName() throws Exception {
        for (String path : List.of("/health", "/ready")) {
            assertThat(get(path, "10.1.2.3:9800"))
                    .startsWith("HTTP/1.1 200")
                    .contains("nosniff")
                    .doesNotContainIgnoringCase("access-control-allow");
            assertThat(send("HEAD " + path, "node.svc.cluster.local", "", "", ""))
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void whoCollectsFiguresNeedsNoMore() throws Exception {
        Path metricsToken = folder.resolve("metrics-token");
        port = deploy("0.0.0.0", folder.resolve("token"), metricsToken);
        assertThat(Files.getPosixFilePermissions(metricsToken)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        String scraper = "Bearer " + Files.readString(metricsToken);
        assertThat(get("/metrics", "localhost")).startsWith("HTTP/1.1 401");
        assertThat(get("/metrics", "localhost", scraper + "x")).startsWith("HTTP/1.1 401");
        assertThat(get("/metrics", "localhost", scraper))
                .startsWith("HTTP/1.1 200")
                .contains("jvm_memory_used_bytes{");
        assertThat(get("/metrics", "localhost", "Bearer " + token())).startsWith("HTTP/1.1 200");
        assertThat(get("/api/nodes", "localhost", scraper)).startsWith("HTTP/1.1 401");
        assertThat(services.asked).isEmpty();
    }

    @Test
    void exposesWhatIsCounted() throws Exception {
        metrics.gauge("culvert.sessions.live", "Live sessions", () -> 7);
        metrics.counter("culvert.dials", "Dials", "outbound", "direct").add(3);
        assertThat(metrics.counter("culvert.dials", "Dials", "outbound", "direct")
                        .sum())
                .isEqualTo(3);

        assertThat(get("/metrics", "localhost"))
                .contains("culvert_sessions_live 7.0")
                .contains("culvert_dials_total{outbound=\"direct\"} 3.0")
                .contains("jvm_memory_used_bytes{")
                .contains("culvert_netty_direct_used")
                .doesNotContainIgnoringCase("access-control-allow");
    }

    @Test
    void theApiWantsTheToken() throws Exception {
        String token = Files.readString(folder.resolve("token"));
        assertThat(Files.getPosixFilePermissions(folder.resolve("token")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(get("/api/sessions", "localhost")).startsWith("HTTP/1.1 401").doesNotContain("192.0.2.1");
        assertThat(get("/api/sessions", "localhost", "Bearer " + token + "x")).startsWith("HTTP/1.1 401");
        assertThat(get("/api/nothing", "localhost")).startsWith("HTTP/1.1 401");

        String answer = get("/api/sessions", "localhost", "Bearer " + token);
        assertThat(answer).startsWith("HTTP/1.1 200");
        JsonArray list = new JsonArray(answer.substring(answer.indexOf("\r\n\r\n") + 4));
        assertThat(list.getJsonObject(0).getString("target")).isEqualTo("tcp:example.com:80");
        assertThat(list.getJsonObject(0).getLong("down")).isEqualTo(34);
    }

    @Test
    void theTokenIsKept() throws Exception {
        String token = Files.readString(folder.resolve("token"));
        port = deploy(folder.resolve("token"));
        assertThat(get("/api/sessions", "localhost", "Bearer " + token)).startsWith("HTTP/1.1 200");
    }

    @Test
    void aTokenThatOthersReadIsRefused() throws Exception {
        Path open = folder.resolve("open");
        Files.writeString(open, "0123456789abcdef0123456789");
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> deploy(open)).hasMessageContaining("mode to 600");
    }

    /** Method and path of every route that tells or changes anything. */
    private static final List<String> API = List.of(
            "GET /api/nodes",
            "POST /api/nodes/a/drain",
            "GET /api/sessions",
            "DELETE /api/sessions/s1",
            "GET /api/config",
            "PUT /api/config",
            "POST /api/config/previous");

    static Stream<Arguments> strangers() {
        return API.stream()
                .flatMap(route -> Stream.of(
                        Arguments.of(route, "localhost", "", 401),
                        Arguments.of(route, "localhost", "Bearer wrong-wrong-wrong-wrong", 401),
                        Arguments.of(route, "localhost", "Basic OWNER", 401),
                        Arguments.of(route, "evil.example", "Bearer OWNER", 421)));
    }

    @ParameterizedTest
    @MethodSource("strangers")
    void nobodyElseIsServed(String route, String host, String authorization, int status) throws Exception {
        assertThat(send(route, host, authorization.replace("OWNER", token()), "", "{}"))
                .startsWith("HTTP/1.1 " + status);
        assertThat(services.asked).isEmpty();
    }

    private String token() throws IOException {
        return Files.readString(folder.resolve("token"));
    }

    private String owner(String route, String mediaType, String body) throws IOException {
        return send(route, "localhost", "Bearer " + token(), mediaType, body);
    }

    @Test
    void listsTheNodes() throws Exception {
        String answer = owner("GET /api/nodes", "", "");
        assertThat(answer).startsWith("HTTP/1.1 200");
        JsonObject node = new JsonArray(answer.substring(answer.indexOf("\r\n\r\n") + 4)).getJsonObject(0);
        assertThat(node.encode())
                .isEqualTo("{\"name\":\"a\",\"roles\":[\"ingress\",\"router\"],\"sessions\":3,\"load\":41,"
                        + "\"epoch\":7,\"state\":\"ready\"}");
    }

    @Test
    void drainsANodeByItsName() throws Exception {
        assertThat(owner("POST /api/nodes/a%20b/drain", "", "")).startsWith("HTTP/1.1 202");
        assertThat(owner("POST /api/nodes/b/drain", "", ""))
                .startsWith("HTTP/1.1 200")
                .contains("b is already draining");
        assertThat(owner("POST /api/nodes/c/drain", "", "")).startsWith("HTTP/1.1 404");
        assertThat(services.asked).containsExactly("drain a b", "drain b", "drain c");
    }

    @Test
    void endsASession() throws Exception {
        assertThat(owner("DELETE /api/sessions/s1", "", "")).startsWith("HTTP/1.1 204");
        assertThat(owner("DELETE /api/sessions/s2", "", "")).startsWith("HTTP/1.1 404");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "application/json",
                "text/plain; charset=utf-8",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x"
            })
    void aTextIsAppliedAsItIs(String mediaType) throws Exception {
        assertThat(owner("PUT /api/config", mediaType, "{ } // x"))
                .startsWith("HTTP/1.1 200")
                .contains("{\"epoch\":2,\"changes\":[\"inbound [in] added\"],\"diagnostics\":[],"
                        + "\"outcome\":\"applied\"}");
        assertThat(services.asked).containsExactly("apply request { } // x");
    }

    @Test
    void theOneBeforeIsAppliedAndDryRunsAreNot() throws Exception {
        for (String route : List.of(
                "POST /api/config/previous",
                "POST /api/config/previous?dry-run",
                "PUT /api/config?dry-run=true",
                "PUT /api/config?dry-run=false",
                "PUT /api/config?force=true")) {
            assertThat(owner(route, "application/json", "{}")).startsWith("HTTP/1.1 200");
        }
        assertThat(services.asked)
                .containsExactly(
                        "apply previous", "try previous", "try request {}", "apply request {}", "force request {}");
    }

    @Test
    void severalTextsComeWithTheirNames() throws Exception {
        String body =
                ConfigBody.of(List.of(new ConfigView.Text("a.json", "{1}"), new ConfigView.Text("b.json", "{2}")));
        assertThat(owner("PUT /api/config", ConfigBody.SOURCES, body)).startsWith("HTTP/1.1 200");
        assertThat(services.asked).containsExactly("apply a.json {1}", "apply b.json {2}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{\"sources\":[]}", "{\"sources\":[1]}", "{\"sources\":[{\"name\":\"a\"}]}"})
    void whatIsNoEnvelopeIsNoConfiguration(String body) throws Exception {
        assertThat(owner("PUT /api/config", ConfigBody.SOURCES, body)).startsWith("HTTP/1.1 400");
        assertThat(services.asked).isEmpty();
    }

    @Test
    void aRefusedConfigurationSaysWhy() throws Exception {
        services.result = new ApplyResult.Refused(List.of("a.json:1:2  error  x"));
        assertThat(owner("PUT /api/config", "", "{}"))
                .startsWith("HTTP/1.1 422")
                .endsWith("{\"diagnostics\":[\"a.json:1:2  error  x\"]}");
        services.result = new ApplyResult.Busy("another one");
        assertThat(owner("PUT /api/config", "", "{}")).startsWith("HTTP/1.1 409");
    }

    /** curl asks so for a longer body, and waits a second for the answer. */
    @Test
    void whoAsksWhetherTheBodyIsWantedIsTold() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream()
                    .write(("PUT /api/config HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n"
                                    + "Expect: 100-continue\r\nAuthorization: Bearer " + token() + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            String wanted = "HTTP/1.1 100 Continue\r\n\r\n";
            assertThat(new String(socket.getInputStream().readNBytes(wanted.length()), StandardCharsets.US_ASCII))
                    .isEqualTo(wanted);
            socket.getOutputStream().write("{}".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void aBodyHasALimit() throws Exception {
        assertThat(owner("PUT /api/config", "", "x".repeat((int) ApiRoutes.MOST_BODY_BYTES + 1)))
                .startsWith("HTTP/1.1 413");
        assertThat(services.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, /health, 'GET, HEAD'",
        "POST, /ready, 'GET, HEAD'",
        "POST, /api/nodes, GET",
        "GET, /api/nodes/a/drain, POST",
        "PUT, /api/sessions, GET",
        "GET, /api/sessions/s1, DELETE",
        "POST, /api/config, 'GET, PUT'",
        "PUT, /api/config/previous, POST"
    })
    void anotherMethodIsToldWhichThereAre(String method, String path, String allowed) throws Exception {
        assertThat(owner(method + " " + path, "", "{}"))
                .startsWith("HTTP/1.1 405")
                .containsIgnoringCase("Allow: " + allowed + "\r\n");
        assertThat(services.asked).isEmpty();
    }

    @Test
    void belowTheApiEveryRefusalIsJson() throws Exception {
        for (String answer : List.of(
                get("/api/nodes", "localhost"),
                owner("GET /api/nothing", "", ""),
                owner("POST /api/nodes", "", ""),
                owner("DELETE /api/sessions/s2", "", ""),
                owner("PUT /api/config", ConfigBody.SOURCES, "{"),
                owner("PUT /api/config", "", "x".repeat((int) ApiRoutes.MOST_BODY_BYTES + 1)))) {
            assertThat(answer).contains("application/json");
            assertThat(new JsonObject(answer.substring(answer.indexOf("\r\n\r\n") + 4)).getString("message"))
                    .isNotBlank();
        }
    }

    @Test
    void aLoadBalancerMayLookWithHead() throws Exception {
        assertThat(send("HEAD /ready", "localhost", "", "", ""))
                .startsWith("HTTP/1.1 200")
                .endsWith("\r\n\r\n");
        services.ready = false;
        assertThat(send("HEAD /ready", "localhost", "", "", "")).startsWith("HTTP/1.1 503");
    }

    private String get(String path, String host) throws IOException {
        return get(path, host, "");
    }

    private String get(String path, String host, String authorization) throws IOException {
        return send("GET " + path, host, authorization, "", "");
    }

    private String send(String route, String host, String authorization, String mediaType, String body)
            throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            String head = route + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n"
                    + "Content-Length: " + body.length() + "\r\n"
                    + (mediaType.isEmpty() ? "" : "Content-Type: " + mediaType + "\r\n")
                    + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n") + "\r\n";
            try {
                socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
            } catch (IOException _) {
                // A body that is not wanted may be cut; the answer is there all the same.
            }
            InputStream answer = socket.getInputStream();
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
