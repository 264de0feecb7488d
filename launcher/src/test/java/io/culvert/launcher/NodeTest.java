package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.admin.AdminOptions;
import io.culvert.config.CulvertConfig;
import io.culvert.config.LogConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.RoutingConfig;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.Source;
import io.culvert.launcher.log.AccessLog;
import io.culvert.launcher.log.Logs;
import io.culvert.launcher.reload.AppliedFile;
import io.culvert.launcher.reload.Target;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTest {
    private static final CulvertConfig CONFIG = new CulvertConfig(
            LogConfig.ABSENT, List.of(), List.of(), RoutingConfig.EMPTY, PolicyConfig.ABSENT, null, List.of());
    private static final PolicyConfig.Drain LONG = new PolicyConfig.Drain(0, 60_000, 60_000);

    private final FakeDataPath path = new FakeDataPath();

    @TempDir
    private Path folder = Path.of("");

    private NodeOptions options(int adminPort) {
        AdminOptions admin = new AdminOptions("127.0.0.1", adminPort, "1", folder.resolve("token"), null, Set.of());
        return new NodeOptions(admin, AccessLog.none());
    }

    private Node start() throws Exception {
        return get(Node.start(CONFIG, options(0), (_, _, _) -> Future.succeededFuture(path)));
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void drainsUntilTheLastSessionHasEnded() throws Exception {
        Node node = start();
        InetSocketAddress admin = Objects.requireNonNull(node.admin());
        path.live = 1;
        CompletableFuture<Void> drained = node.drain(LONG).toCompletionStage().toCompletableFuture();
        until(() -> path.stopped);
        assertThat(drained).isNotDone();
        // The admin server answers while the node drains.
        new Socket(admin.getAddress(), admin.getPort()).close();
        path.live = 0;
        drained.get(30, TimeUnit.SECONDS);
        assertThatThrownBy(() -> new Socket(admin.getAddress(), admin.getPort()).close())
                .hasMessageContaining("refused");
    }

    @Test
    void unixSocketsAreAmongTheListeners() throws Exception {
        Path socket = folder.resolve("s");
        String json = "{\"inbounds\": [{\"listen\": \"" + socket + "\", \"protocol\": \"vmess\"}], \"outbounds\":"
                + " [{\"protocol\": \"freedom\"}]}";
        CulvertConfig config =
                Objects.requireNonNull(ConfigLoader.load(List.of(new Source("c.json", json)), Environment.ofProcess())
                        .config());
        Node node = get(Node.start(config, new NodeOptions(null, AccessLog.none())));
        assertThat(node.listening()).extracting(Listening::toString).containsExactly("vmess " + socket);
        get(node.drain(new PolicyConfig.Drain(0, 0, 0)));
    }

    @Test
    void idleSessionsEndAtTheSoftLimitAndAllAtTheHardOne() throws Exception {
        Node node = start();
        path.live = 3;
        CompletableFuture<Void> drained = node.drain(new PolicyConfig.Drain(0, 100, 1_500))
                .toCompletionStage()
                .toCompletableFuture();
        until(() -> path.told.contains("idle: DRAINED"));
        assertThat(drained).isNotDone();
        drained.get(30, TimeUnit.SECONDS);
        assertThat(path.told).containsExactly("leave", "close", "idle: DRAINED", "all: ENDED_BY_OPERATOR");
    }

    @Test
    void sessionsThatDoNotEndKeepNoNodeFromLeaving() throws Exception {
        Node node = start();
        path.live = 3;
        path.endsAll = false;
        get(node.drain(new PolicyConfig.Drain(0, 0, 0)));
        assertThat(path.told).containsExactly("leave", "close", "all: ENDED_BY_OPERATOR");
    }

    @Test
    void whoIsStillInItsHandshakeAtTheSoftLimitIsNotWaitedFor() throws Exception {
        Node node = start();
        path.live = 2;
        path.handshakes = 2;
        get(node.drain(new PolicyConfig.Drain(0, 200, 60_000)));
        assertThat(path.told).containsExactly("leave", "close");
    }

    @Test
    void listenersStayOpenForTheTimeOfGrace() throws Exception {
        Node node = start();
        path.live = 0;
        CompletableFuture<Void> drained = node.drain(new PolicyConfig.Drain(60_000, 60_000, 60_000))
                .toCompletionStage()
                .toCompletableFuture();
        until(() -> path.told.contains("leave"));
        assertThat(path.stopped).isFalse();
        assertThat(drained).isNotDone();
        get(node.cut());
        assertThat(path.stopped).isTrue();
        drained.get(30, TimeUnit.SECONDS);
    }

    @Test
    void whatIsLeftCanBeCutShort() throws Exception {
        Node node = start();
        path.live = 3;
        CompletableFuture<Void> drained = node.drain(LONG).toCompletionStage().toCompletableFuture();
        until(() -> path.stopped);
        get(node.cut());
        assertThat(path.told).containsExactly("leave", "close", "all: ENDED_BY_OPERATOR");
        drained.get(30, TimeUnit.SECONDS);
    }

    /** What a node's admin server answers to its operator. */
    private String answer(Node node, String method, String path, String body) throws Exception {
        InetSocketAddress admin = Objects.requireNonNull(node.admin());
        String token = Files.readString(folder.resolve("token")).strip();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin.getPort() + path))
                .header("Authorization", "Bearer " + token)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    @Test
    void whoAsksForADrainAgainHearsThatItHasBegun() throws Exception {
        Node node = start();
        path.live = 1;
        node.onDrainRequest(() -> node.drain(LONG));
        assertThat(answer(node, "POST", "/api/nodes/local/drain", "")).contains("local drains");
        assertThat(answer(node, "POST", "/api/nodes/local/drain", "")).contains("local is already draining");
        until(() -> path.stopped);
        assertThat(answer(node, "POST", "/api/nodes/local/drain", "")).contains("local is already draining");
        get(node.cut());
    }

    /** A node with its own file, an admin server, and a data path that takes everything. */
    private final class Durable implements AutoCloseable {
        private final Node node;

        Durable(String ownFile) throws Exception {
            path.target = (_, _) -> Future.succeededFuture(new Target.Prepared() {
                @Override
                public Future<Void> commit() {
                    return Future.succeededFuture();
                }

                @Override
                public Future<Void> discard() {
                    return Future.succeededFuture();
                }
            });
            List<Source> sources = List.of(new Source("c.json", ownFile));
            CulvertConfig config = Objects.requireNonNull(
                    ConfigLoader.load(sources, Environment.ofProcess()).config());
            AdminOptions admin = new AdminOptions("127.0.0.1", 0, "1", folder.resolve("token"), null, Set.of());
            AppliedFile applied = new AppliedFile(folder.resolve("applied"), sources);
            node = get(Node.start(
                    config,
                    new NodeOptions(admin, AccessLog.none(), sources, applied),
                    (_, _, _) -> Future.succeededFuture(path)));
        }

        String ask(String method, String route, String body) throws Exception {
            return answer(node, method, "/api/config" + route, body);
        }

        @Override
        public void close() {
            node.drain(new PolicyConfig.Drain(0, 0, 0))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
        }
    }

    private static String socksOn(int port) {
        return "{\"inbounds\": [{\"protocol\": \"socks\", \"port\": " + port + "}], \"outbounds\":"
                + " [{\"protocol\": \"freedom\"}]}";
    }

    @Test
    void whatWasAppliedIsThereAfterARestartUntilTheFileChanges() throws Exception {
        try (Durable node = new Durable(socksOn(1081))) {
            assertThat(node.node.origin()).isEmpty();
            assertThat(node.ask("PUT", "", socksOn(1082))).contains("\"epoch\":2,");
            assertThat(node.ask("PUT", "?dry-run", socksOn(1083)))
                    .contains("\"epoch\":3,")
                    .contains("\"possible\"");
            assertThat(node.ask("PUT", "", socksOn(1082) + "// again"))
                    .contains("\"epoch\":2,")
                    .contains("\"unchanged\"");
        }
        try (Durable node = new Durable(socksOn(1081))) {
            assertThat(node.node.origin())
                    .startsWith("configuration 2, applied at ")
                    .endsWith("not with its own file, which has not changed since");
            assertThat(node.ask("GET", "", "")).contains("\"epoch\":2,").contains("1082");
            assertThat(node.ask("POST", "/previous", "")).contains("\"epoch\":3,");
            assertThat(node.ask("GET", "", "")).contains("\"epoch\":3,").contains("1081");
            assertThat(node.ask("POST", "/previous", "")).contains("\"epoch\":4,");
            assertThat(node.ask("GET", "", "")).contains("1082");
        }
        try (Durable node = new Durable(socksOn(1084))) {
            assertThat(node.node.origin())
                    .isEqualTo("its own file as configuration 5: it has changed since configuration 4 was applied");
            assertThat(node.ask("GET", "", "")).contains("\"epoch\":5,").contains("1084");
        }
        try (Durable node = new Durable(socksOn(1084))) {
            assertThat(node.ask("GET", "", "")).contains("\"epoch\":5,").contains("1084");
        }
    }

    @Test
    void withoutAnEarlierConfigurationNobodyGoesBack() throws Exception {
        try (Durable node = new Durable(socksOn(1081))) {
            assertThat(node.ask("POST", "/previous", "")).contains("no configuration is known");
            assertThat(node.ask("GET", "", "")).contains("\"epoch\":1,");
        }
    }

    @Test
    void theLastInboundAndTheLastOutboundGoOnlyWhereThatIsMeant() throws Exception {
        String noOutbound = "{\"inbounds\": [{\"protocol\": \"socks\", \"port\": 1081}]}";
        try (Durable node = new Durable(socksOn(1081))) {
            assertThat(node.ask("PUT", "", noOutbound))
                    .contains("the configuration has no outbound, and what runs has")
                    .contains("?force=true");
            assertThat(node.ask("PUT", "?dry-run", "{}")).contains("has no inbound and no outbound, and");
            assertThat(node.ask("PUT", "", "{")).contains("request:1:").doesNotContain("force");
            assertThat(node.ask("GET", "", "")).contains("\"epoch\":1,");
            assertThat(node.ask("PUT", "?force=true", noOutbound)).contains("\"epoch\":2,");
            // What is not there any more is not taken away.
            assertThat(node.ask("PUT", "", noOutbound.replace("1081", "1082"))).contains("\"epoch\":3,");
        }
    }

    @Test
    void whoLeavesInTheMiddleOfARequestIsNoError() throws Exception {
        Path log = folder.resolve("error.log");
        Logs.configure(new LogConfig("none", log.toString(), LogConfig.Level.DEBUG));
        try (Durable node = new Durable(socksOn(1081))) {
            InetSocketAddress admin = Objects.requireNonNull(node.node.admin());
            String token = Files.readString(folder.resolve("token")).strip();
            for (String part : List.of("{", "")) {
                try (Socket client = new Socket(admin.getAddress(), admin.getPort())) {
                    client.getOutputStream()
                            .write(("PUT /api/config HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
                                            + "Authorization: Bearer " + token + "\r\n\r\n" + part)
                                    .getBytes(StandardCharsets.US_ASCII));
                }
            }
            until(() -> read(log).contains("the client has left"));
            assertThat(node.ask("GET", "", "")).contains("\"epoch\":1,");
            assertThat(read(log))
                    .doesNotContain("[Error]")
                    .doesNotContain("[Warning]")
                    .doesNotContain("Exception");
        } finally {
            Logs.configure(LogConfig.ABSENT);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Test
    void aTakenAdminPortIsOneSentence() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertThatThrownBy(() -> get(Node.start(
                            CONFIG, options(taken.getLocalPort()), (_, _, _) -> Future.succeededFuture(path))))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(StartFailure.class)
                    .hasMessageContaining(
                            "cannot listen on admin 127.0.0.1:" + taken.getLocalPort() + ": Address already in use");
        }
    }

    @Test
    void aFailedStartLeavesNothingBehind() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> get(
                        Node.start(CONFIG, options(port), (_, _, _) -> Future.failedFuture(new StartFailure("no")))))
                .hasCauseInstanceOf(StartFailure.class);
        assertThatThrownBy(() -> new Socket(InetAddress.ofLiteral("127.0.0.1"), port).close())
                .hasMessageContaining("refused");
    }
}
