package io.culvert.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.culvert.config.CulvertConfig;
import io.culvert.config.CulvertConfig.Unsupported;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.LogConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.Position;
import io.culvert.config.RoutingConfig;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import io.culvert.launcher.DataPath;
import io.culvert.launcher.FakeDataPath;
import io.culvert.launcher.Shutdown;
import io.culvert.launcher.StartFailure;
import io.culvert.launcher.Upkeep;
import io.culvert.launcher.cert.Certificates;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CliTest {
    private static final Position PLACE = new Position("a.json", 3, 5, "inbounds[0].protocol");
    private static final Diagnostic ERROR = new Diagnostic(Severity.ERROR, PLACE, "\"vmes\" is not a protocol");
    private static final Diagnostic WARNING = new Diagnostic(Severity.WARNING, PLACE, "unknown key");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final List<List<String>> loaded = new ArrayList<>();
    private List<Source> sources = List.of();
    private LoadResult result = new LoadResult(config(), List.of());
    private DataPath.Factory dataPath = (_, _, _) -> Future.failedFuture(new StartFailure("cannot listen there"));

    @TempDir
    private Path home = Path.of("");

    private static CulvertConfig config(Unsupported... unsupported) {
        return new CulvertConfig(
                LogConfig.ABSENT,
                List.of(),
                List.of(),
                RoutingConfig.EMPTY,
                PolicyConfig.ABSENT,
                null,
                List.of(unsupported));
    }

    private int run(String... args) {
        CliContext context = new CliContext(
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Map.of(),
                home,
                this::load,
                dataPath,
                new Shutdown(_ -> {}),
                new Upkeep());
        return Cli.execute(args, context);
    }

    private ConfigSource.Loaded load(List<String> files, @Nullable String folder) {
        List<String> words = new ArrayList<>(files);
        if (folder != null) {
            words.add("folder " + folder);
        }
        loaded.add(words);
        return new ConfigSource.Loaded(result, sources);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "test -c a.json -c b.json -confdir d",
                "test -config a.json -config=b.json -confdir=d",
                "test --config a.json --config=b.json --confdir d",
                "-test -config a.json -config b.json -confdir d",
                "-config a.json -config=b.json -test=true -confdir d -format json",
                "--test --config=a.json -c b.json -d d"
            })
    void everySpellingOfAConfigurationIsTheSame(String line) {
        assertThat(run(line.split(" "))).isZero();
        assertThat(out).hasToString("Configuration OK.\n");
        assertThat(loaded).containsExactly(List.of("a.json", "b.json", "folder d"));
    }

    @Test
    void warningsComeBeforeTheGoodNews() {
        result = new LoadResult(config(), List.of(WARNING));
        assertThat(run("test", "-c", "a.json")).isZero();
        assertThat(out)
                .hasToString("a.json:3:5  warning  inbounds[0].protocol: unknown key\n1 warning\nConfiguration OK.\n");
    }

    @Test
    void aFarmsSecretsCanBeMadeWhereNoNodeRuns() throws Exception {
        Path folder = home.resolve("farm-ca");
        assertThat(run("cluster", "init", folder.toString(), "--ca-only")).isZero();
        assertThat(run("cluster", "cert", folder.toString(), "edge-1")).isZero();
        assertThat(folder.resolve("ca.key")).exists();
        assertThat(folder.resolve("node.key")).doesNotExist();
        assertThat(folder.resolve("edge-1/node.key")).exists();
        assertThat(folder.resolve("edge-1/ca.key")).doesNotExist();
        assertThat(out.toString())
                .contains("made the secrets of a farm in " + folder)
                .contains("for each node: ");
    }

    @Test
    void theCommandsOfAClusterHaveHelp() {
        assertThat(run("cluster", "init", "--help")).isZero();
        assertThat(run("cluster", "cert", "--help")).isZero();
        assertThat(out.toString()).contains("--ca-only").contains("NAME");
        assertThat(err).hasToString("");
    }

    @Test
    void upLooksForOtherPortsWhereOthersWereQuicker() {
        List<Throwable> faults = new ArrayList<>(List.of(
                StartFailure.ofListening("socks 127.0.0.1:1080", new BindException("Address already in use")),
                new StartFailure("something else")));
        dataPath = (_, _, _) -> Future.failedFuture(faults.removeFirst());
        assertThat(run("up", "--state", home.resolve("state").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("something else").doesNotContain("in use");
        assertThat(faults).isEmpty();
    }

    @Test
    void aFaultIsStatus23() {
        result = new LoadResult(null, List.of(ERROR, WARNING));
        assertThat(run("test", "-c", "a.json")).isEqualTo(23);
        assertThat(out.toString()).startsWith("a.json:3:5  error  ").contains("1 error, 1 warning\n");
        assertThat(run("run", "-c", "a.json")).isEqualTo(23);
        assertThat(run("-config", "a.json")).isEqualTo(23);
        assertThat(err.toString()).contains("a.json:3:5  error  inbounds[0].protocol: \"vmes\" is not a protocol");
    }

    @Test
    void whatIsNotBuiltFailsTestAsItStopsRun() {
        Position other = new Position("a.json", 9, 1, "routing.balancers");
        List<Diagnostic> warned = List.of(new Diagnostic(Severity.WARNING, PLACE, "ws is not supported yet"));
        result = new LoadResult(
                config(new Unsupported(PLACE, "ws"), new Unsupported(other, "it can never work", false)), warned);

        assertThat(run("test", "-c", "a.json")).isEqualTo(23);
        assertThat(run("run", "-c", "a.json")).isEqualTo(23);
        assertThat(out.toString())
                .contains("a.json:3:5  error  inbounds[0].protocol: ws is not supported yet")
                .contains("a.json:9:1  error  routing.balancers: it can never work\n")
                .endsWith("2 errors\n")
                .doesNotContain("OK");
        assertThat(err).hasToString(out.toString());
    }

    @Test
    void strictTakesWarningsForErrors() {
        assertThat(run("test", "--strict", "-c", "a.json")).isZero();
        result = new LoadResult(config(), List.of(WARNING));
        out.getBuffer().setLength(0);
        assertThat(run("test", "--strict", "-c", "a.json")).isEqualTo(23);
        assertThat(out.toString()).endsWith("1 warning\nNot OK: --strict takes warnings for errors.\n");
    }

    @Test
    void jsonIsOneObjectALineAndNothingElse() {
        assertThat(run("test", "--json", "-c", "a.json")).isZero();
        assertThat(out.toString()).isEmpty();
        result = new LoadResult(null, List.of(ERROR, WARNING));
        assertThat(run("test", "--json", "-c", "a.json")).isEqualTo(23);
        assertThat(out.toString().lines().map(JsonObject::new))
                .containsExactly(
                        new JsonObject()
                                .put("file", "a.json")
                                .put("line", 3)
                                .put("column", 5)
                                .put("level", "error")
                                .put("path", "inbounds[0].protocol")
                                .put("message", "\"vmes\" is not a protocol"),
                        new JsonObject()
                                .put("file", "a.json")
                                .put("line", 3)
                                .put("column", 5)
                                .put("level", "warning")
                                .put("path", "inbounds[0].protocol")
                                .put("message", "unknown key"));
    }

    @Test
    void aConfigurationThatNodesCannotSendEachOtherIsSaidWithSizeAndLimit() {
        sources = List.of(new Source("a.json", "x".repeat(4 << 20)));
        assertThat(run("test", "-c", "a.json")).isZero();
        assertThat(out.toString())
                .contains("a.json:1:1  warning  the configuration has 4194")
                .contains("the limit is 4194304: \"apply\" and farms do not take it");
        out.getBuffer().setLength(0);
        assertThat(run("apply", "-c", "a.json", "--state", home.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("bytes as it is sent, and a node takes at most 4194304");
    }

    @Test
    void aPortThatCannotBeBoundIsOneLine() {
        assertThat(run("run", "-c", "a.json")).isEqualTo(1);
        assertThat(err).hasToString("culvert: cannot listen there\n");
    }

    @Test
    void aSignalEndsARunWithStatus0() {
        FakeDataPath path = new FakeDataPath();
        dataPath = (_, _, _) -> Future.succeededFuture(path);
        StringWriter text = new StringWriter();
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Shutdown shutdown = new Shutdown(_ -> {});
        CliContext context = new CliContext(
                new PrintWriter(text, true),
                new PrintWriter(err, true),
                Map.of(),
                home,
                this::load,
                dataPath,
                shutdown,
                new Upkeep());
        Thread.ofPlatform()
                .start(() -> status.complete(
                        Cli.execute(new String[] {"run", "-c", "a.json", "--drain-seconds", "7"}, context)));
        awaitText(text, "vless 127.0.0.1:10443 (tls)\n");
        shutdown.drained().complete(null);

        assertThat(status.orTimeout(30, TimeUnit.SECONDS).join()).isZero();
        assertThat(text.toString().lines().toList().getFirst())
                .matches("culvert \\S+ \\(jdk 25\\S*, (epoll|nio), \\w+\\) started in \\d+\\.\\d s");
        assertThat(text.toString().lines()).contains("socks 127.0.0.1:1080");
    }

    @Test
    void upPrintsWhatANewcomerNeeds() {
        dataPath = (_, _, options) -> {
            assertThat(options.admin()).isNotNull();
            return Future.succeededFuture(new FakeDataPath());
        };
        StringWriter text = new StringWriter();
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Shutdown shutdown = new Shutdown(_ -> {});
        CliContext context = new CliContext(
                new PrintWriter(text, true),
                new PrintWriter(err, true),
                Map.of("XDG_STATE_HOME", home.toString()),
                home,
                this::load,
                dataPath,
                shutdown,
                new Upkeep());
        Thread.ofPlatform().start(() -> status.complete(Cli.execute(new String[] {"up"}, context)));
        awaitText(text, "Ctrl-C\n");
        shutdown.drained().complete(null);
        assertThat(status.orTimeout(30, TimeUnit.SECONDS).join()).isZero();

        List<String> lines = text.toString().lines().toList();
        assertThat(lines).contains("user demo@culvert", "socks 127.0.0.1:1080");
        assertThat(lines).anyMatch(line -> line.startsWith("vmess://"));
        assertThat(lines).anyMatch(line -> line.matches("vless://.*security=tls.*&pcs=[0-9a-f]{64}#.*"));
        assertThat(lines)
                .anyMatch(line -> line.matches(
                        "try {2}curl -x socks5h://127\\.0\\.0\\.1:\\d+ http://127\\.0\\.0\\.1:\\d+/hello"));

        out.getBuffer().setLength(0);
        assertThat(run("link", "--state", home.resolve("culvert").toString())).isZero();
        assertThat(lines).containsAll(out.toString().lines().toList());
    }

    private void awaitText(StringWriter text, String end) {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (!text.toString().endsWith(end) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(text.toString()).as(err.toString()).endsWith(end);
    }

    @Test
    void aMisspeltCommandIsStatus2WithASuggestion() {
        assertThat(run("rnu")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown command \"rnu\"; did you mean \"run\"?");
        assertThat(run("frobnicate")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown command \"frobnicate\"\n");
        assertThat(run()).isEqualTo(2);
        assertThat(run("-nonsense")).isEqualTo(2);
        assertThat(run("run", "--nonsense")).isEqualTo(2);
        assertThat(run("-config", "a.json", "run")).isEqualTo(2);
        assertThat(run("test", "-c", "a.json", "-format", "pb")).isEqualTo(2);
        assertThat(loaded).isEmpty();
    }

    @Test
    void versionAndHelpAreStatus0() {
        assertThat(run("version")).isZero();
        String version = out.toString();
        assertThat(version).startsWith("culvert ");
        out.getBuffer().setLength(0);
        assertThat(run("-version")).isZero();
        assertThat(out).hasToString(version);
        assertThat(run("--help")).isZero();
        assertThat(run("run", "-h")).isZero();
        assertThat(out.toString()).contains("Usage: culvert run");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "up",
                "run",
                "test",
                "apply",
                "nodes",
                "nodes drain",
                "uuid",
                "cert",
                "link",
                "cluster",
                "cluster init",
                "cluster cert",
                "version",
                "help",
                "-config a.json",
                ""
            })
    void everyCommandHasHelp(String command) {
        List<String> forms = new ArrayList<>();
        for (String option : List.of("-h", "-help", "--help")) {
            forms.add((command + " " + option).strip());
        }
        if (!command.startsWith("-")) {
            forms.add(("help " + command).strip());
        }
        for (String form : forms) {
            out.getBuffer().setLength(0);
            assertThat(run(form.split(" "))).as(form).isZero();
            assertThat(out.toString()).startsWith("Usage: culvert " + (command.startsWith("-") ? "" : command));
        }
        assertThat(err.toString()).isEmpty();
        assertThat(run("help", "nodes", "drian")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown command \"drian\"; did you mean \"drain\"?");
    }

    @Test
    void upPrintsAConfigurationToBeginWith() {
        String state = home.resolve("state").toString();
        assertThat(run("up", "--print-config", "--state", state, "--user", "example", "--port", "2080,http=8118"))
                .isZero();
        JsonObject config = new JsonObject(out.toString());
        assertThat(config.getJsonArray("inbounds").stream()
                        .map(JsonObject.class::cast)
                        .map(inbound -> inbound.getInteger("port")))
                .containsExactly(2_080, 8_118, 2_082, 2_083);
        assertThat(out.toString()).contains("feb54431-301b-52bb-a6dd-e1e93e81bb9e");

        // The user is kept, the ports are of that call.
        out.getBuffer().setLength(0);
        assertThat(run("up", "--print-config", "--state", state)).isZero();
        assertThat(out.toString())
                .contains("feb54431-301b-52bb-a6dd-e1e93e81bb9e")
                .doesNotContain("8118");
        for (String wrong : List.of("0", "70000", "32767", "x", "ftp=21", "http=0")) {
            assertThat(run("up", "--state", state, "--port", wrong)).as(wrong).isEqualTo(2);
        }
        assertThat(run("up", "--state", state, "--port", "http=81,vmess=81")).isEqualTo(2);
        assertThat(run("up", "--state", state, "--user", "")).isEqualTo(2);
    }

    @Test
    void aPortThatIsNamedAndTakenEndsTheStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            assertThat(said(
                            "up",
                            "--state",
                            home.resolve("state").toString(),
                            "--port",
                            "http=" + taken.getLocalPort()))
                    .isEqualTo("culvert: port " + taken.getLocalPort() + " is taken on 127.0.0.1");
        }
    }

    /** The nodes of a state folder are one farm: any of them answers, whosever folder is named. */
    @Test
    void commandsAskAnotherNodeWhereTheFirstHasEnded() throws Exception {
        Path state = home.resolve("state");
        Path second = Files.createDirectories(state.resolve("cluster/node-2"));
        Path third = Files.createDirectories(state.resolve("cluster/node-3"));
        HttpServer living = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 1);
        living.createContext("/api/nodes", exchange -> {
            byte[] page = "[{\"name\": \"node-3\", \"state\": \"ready\"}]".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        living.start();
        try {
            int nobody = freePort();
            leave(state, nobody);
            leave(second, nobody);
            leave(third, living.getAddress().getPort());
            for (Path folder : List.of(state, second, third)) {
                out.getBuffer().setLength(0);
                assertThat(run("nodes", "--state", folder.toString()))
                        .as(err.toString())
                        .isZero();
                assertThat(out.toString()).contains("node-3");
            }
        } finally {
            living.stop(0);
        }
        assertThat(said("nodes", "--state", second.toString())).contains("where nodes of the state folder " + second);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return free.getLocalPort();
        }
    }

    private static void leave(Path folder, int port) throws Exception {
        Path token = Files.writeString(folder.resolve("token"), "secret");
        JsonObject word = new JsonObject().put("address", "127.0.0.1:" + port).put("token", token.toString());
        Files.writeString(folder.resolve("admin.json"), word.encode());
    }

    /** Whatever is wrong with the files of a command, its message names the file and the reason and no Java class. */
    @Test
    void faultsOfFilesAreSaidInWords() throws Exception {
        String file = Files.writeString(home.resolve("file"), "x").toString();
        String missing = home.resolve("missing").toString();
        Path state = Files.createDirectory(home.resolve("state"));

        assertThat(said("cert", "--file", missing + "/x"))
                .isEqualTo("culvert: the certificate cannot be written: " + missing + "/x_key.pem: the folder "
                        + missing + " does not exist");
        assertThat(said("cluster", "init", file)).contains(file);
        assertThat(said("cluster", "cert", missing, "node-2")).contains("is missing: certificates are made where");
        assertThat(said("up", "--state", file + "/x"))
                .isEqualTo("culvert: the state folder " + file + "/x cannot be used: " + file
                        + " is no folder; --state names another one");
        Files.writeString(state.resolve("admin.json"), "no json");
        assertThat(said("nodes", "--state", state.toString()))
                .isEqualTo("culvert: " + state.resolve("admin.json") + " is not what a node of Culvert wrote there");
        Files.writeString(
                state.resolve("admin.json"),
                new JsonObject()
                        .put("address", "127.0.0.1:1")
                        .put("token", missing)
                        .encode());
        assertThat(said("nodes", "--state", state.toString()))
                .isEqualTo("culvert: the token cannot be read: " + missing + ": no such file or folder");

        LogConfig log = new LogConfig("none", missing + "/error.log", LogConfig.Level.WARNING);
        result = new LoadResult(
                new CulvertConfig(log, List.of(), List.of(), RoutingConfig.EMPTY, PolicyConfig.ABSENT, null, List.of()),
                List.of());
        assertThat(run("run", "-c", "a.json")).isEqualTo(23);
        assertThat(err.toString()).contains("error  the log cannot be written: " + missing + "/error.log: the folder");
        assertThat(run("test", "-c", "a.json")).isEqualTo(23);
        assertThat(out.toString()).contains("error  the log cannot be written: " + missing + "/error.log: the folder");
    }

    /** The one line that a command fails with. */
    private String said(String... args) {
        err.getBuffer().setLength(0);
        assertThat(run(args)).isEqualTo(1);
        assertThat(err.toString())
                .doesNotContainPattern("\\b(java|javax|sun|io\\.netty|io\\.vertx|com)\\.[a-z.]*[A-Z]");
        return err.toString().strip();
    }

    @Test
    void aTextBecomesTheUuidThatXrayDerives() {
        assertThat(run("uuid", "-i", "example")).isZero();
        assertThat(out).hasToString("feb54431-301b-52bb-a6dd-e1e93e81bb9e\n");
        assertThat(run("uuid", "-i", "x".repeat(31))).isEqualTo(2);
        assertThat(run("uuid")).isZero();
        assertThat(out.toString().lines().toList().get(1)).matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-.*");
    }

    @Test
    void certWritesFilesThatOnlyTheOwnerReads() throws Exception {
        String prefix = home.resolve("x").toString();
        assertThat(run("cert", "--domain", "a.example", "-domain=b.example", "--expire", "10d", "--file", prefix))
                .isZero();
        assertThat(out.toString()).isEmpty();
        assertThat(Certificates.firstName(Certificates.readFile(prefix + "_cert.pem")))
                .isEqualTo("a.example");
        assertThat(Files.getPosixFilePermissions(Path.of(prefix + "_key.pem")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(run("cert", "--file", prefix)).isEqualTo(1);
        assertThat(err.toString()).contains("exists already");
    }

    @Test
    void certPrintsWhatAConfigurationTakes() throws Exception {
        assertThat(run("cert", "-name", "n", "-ca")).isZero();
        JsonObject json = new JsonObject(out.toString());
        List<?> lines = json.getJsonArray("certificate").getList();
        assertThat(Certificates.read(String.join(
                                "\n", lines.stream().map(String::valueOf).toList()))
                        .getBasicConstraints())
                .isNotNegative();
        assertThat(json.getJsonArray("key").getString(0)).isEqualTo("-----BEGIN PRIVATE KEY-----");
        assertThat(run("cert", "--expire", "soon")).isEqualTo(2);
        assertThat(run("cert", "--domain", "no domain")).isEqualTo(2);
    }
}
