package io.culvert.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
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
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminVerticleTest {
    private static final SessionView SESSION = new SessionView(
            "s1", "192.0.2.1:5000", "in", "tcp:example.com:80", "direct", "a@b", "relaying", 1_000, 12, 34);

    private final AtomicBoolean ready = new AtomicBoolean(true);
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
        AdminOptions options = new AdminOptions("127.0.0.1", 0, "1.2.3", tokenFile, Set.of("admin.example"));
        AdminVerticle verticle = new AdminVerticle(options, metrics, ready::get, () -> List.of(SESSION));
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
        assertThat(get("/hello", "evil.example:" + port)).startsWith("HTTP/1.1 421");
        assertThat(get("/metrics", "127.0.0.1.evil.example")).startsWith("HTTP/1.1 421");
    }

    @Test
    void readinessFollowsTheNode() throws Exception {
        assertThat(get("/ready", "localhost")).startsWith("HTTP/1.1 200");
        ready.set(false);
        assertThat(get("/ready", "localhost")).startsWith("HTTP/1.1 503");
        assertThat(get("/health", "localhost")).startsWith("HTTP/1.1 200");
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

    private String get(String path, String host) throws IOException {
        return get(path, host, "");
    }

    private String get(String path, String host, String authorization) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            String request = "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n"
                    + (authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n") + "\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream answer = socket.getInputStream();
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
