package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the start scripts do where no JDK 25 is found, against a server in the place of Adoptium's. */
class JdkFetchTest {
    private static final int SECONDS = 60;
    private static final String SCRIPT = Path.of(System.getProperty("culvert.root", ".."), ".mvn", "fetch-jdk.sh")
            .toAbsolutePath()
            .normalize()
            .toString();

    @TempDir
    private Path folder = Path.of("");

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger archivesAsked = new AtomicInteger();
    private final CountDownLatch ended = new CountDownLatch(1);
    private byte[] archive = {};
    private @Nullable HttpServer server;

    @BeforeEach
    void begin() throws Exception {
        assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/curl")) || Files.isExecutable(Path.of("/usr/bin/wget")),
                "skipped: neither curl nor wget is here");
        archive = archive();
        HttpServer begun = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        begun.setExecutor(threads);
        begun.start();
        server = begun;
    }

    @AfterEach
    void end() {
        ended.countDown();
        if (server != null) {
            server.stop(0);
        }
        threads.shutdownNow();
    }

    private HttpServer server() {
        HttpServer begun = server;
        if (begun == null) {
            throw new IllegalStateException("not begun");
        }
        return begun;
    }

    /** A folder like a JDK's, packed as they are. */
    private byte[] archive() throws Exception {
        Path tree = Files.createDirectories(folder.resolve("made/jdk-25.0.9+1/bin"));
        Files.createFile(
                tree.resolve("javac"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.writeString(tree.resolveSibling("release"), "JAVA_VERSION=\"25.0.9\"\n");
        Process tar = new ProcessBuilder("tar", "-czf", "../jdk.tar.gz", "jdk-25.0.9+1")
                .directory(folder.resolve("made").toFile())
                .start();
        assertThat(tar.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        return Files.readAllBytes(folder.resolve("jdk.tar.gz"));
    }

    private static String sum(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private String url() {
        return "http://127.0.0.1:" + server().getAddress().getPort();
    }

    /** Answers as Adoptium's API does, with a sum. */
    private void api(String sum) {
        String answer = """
                [ {
                    "binary": {
                      "architecture": "x64",
                      "package": {
                        "checksum": "%s",
                        "link": "%s/jdk.tar.gz",
                        "name": "jdk.tar.gz", "size": 3
                      },
                      "project": "jdk"
                    },
                    "release_name": "jdk-25.0.9+1"
                } ]
                """.formatted(sum, url());
        server().createContext("/v3/assets/latest/25/hotspot", exchange -> {
            assertThat(exchange.getRequestURI().getQuery()).contains("image_type=jdk", "os=");
            respond(exchange, answer.getBytes(StandardCharsets.UTF_8));
        });
    }

    private void file(String path, byte[] bytes) {
        server().createContext(path, exchange -> {
            archivesAsked.incrementAndGet();
            respond(exchange, bytes);
        });
    }

    private static void respond(HttpExchange exchange, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Process begin(String url, String... variables) throws IOException {
        ProcessBuilder shell = new ProcessBuilder(
                        "sh",
                        "-euc",
                        ". \"$0\"; . \"$1\"; JAVA_HOME=; culvert_fetch_jdk && echo \"found $JAVA_HOME\"",
                        Path.of(SCRIPT).resolveSibling("find-jdk.sh").toString(),
                        SCRIPT)
                .redirectErrorStream(true);
        // The scripts are sourced where there is a JDK: the one that runs this.
        shell.environment().put("JAVA_HOME", System.getProperty("java.home"));
        shell.environment().put("HOME", folder.toString());
        shell.environment().put("CULVERT_JDK_URL", url);
        shell.environment().put("CULVERT_JDK_SECONDS", "2");
        for (String variable : variables) {
            shell.environment().put(variable.replaceAll("=.*", ""), variable.replaceAll(".*=", ""));
        }
        return shell.start();
    }

    private static String end(Process process, boolean succeeds) throws Exception {
        String said;
        try (InputStream out = process.getInputStream()) {
            said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue() == 0).as(said).isEqualTo(succeeds);
        return said;
    }

    /** What has been put where the next start looks, whole or in part. */
    private List<String> kept() throws IOException {
        Path cache = folder.resolve(".cache/culvert/jdk");
        if (!Files.isDirectory(cache)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(cache)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("lock"))
                    .toList();
        }
    }

    @Test
    void isVerifiedAndMovedIntoPlaceAndFoundByTheNextStart() throws Exception {
        api(sum(archive));
        file("/jdk.tar.gz", archive);
        assertThat(end(begin(url()), true)).contains("found " + folder + "/.cache/culvert/jdk/temurin-" + sum(archive));
        assertThat(kept()).containsExactly("temurin-" + sum(archive));
        end(begin(url()), true);
        assertThat(archivesAsked).hasValue(1);
    }

    @Test
    void aMirrorOfTheArchiveHasItsSumBesideIt() throws Exception {
        file("/mirror/jdk.tar.gz", archive);
        byte[] line = (sum(archive) + "  jdk.tar.gz\n").getBytes(StandardCharsets.UTF_8);
        server().createContext("/mirror/jdk.tar.gz.sha256.txt", exchange -> respond(exchange, line));
        end(begin(url() + "/mirror/jdk.tar.gz"), true);
        assertThat(kept()).hasSize(1);
    }

    @Test
    void aTruncatedArchiveLeavesNothing() throws Exception {
        api(sum(archive));
        server().createContext("/jdk.tar.gz", exchange -> {
            exchange.sendResponseHeaders(200, archive.length);
            exchange.getResponseBody().write(Arrays.copyOf(archive, archive.length / 2));
            exchange.getResponseBody().flush();
            exchange.close();
        });
        assertThat(end(begin(url()), false)).contains("could not be fetched");
        assertThat(kept()).isEmpty();
    }

    @Test
    void aWrongSumLeavesNothing() throws Exception {
        api("0".repeat(64));
        file("/jdk.tar.gz", archive);
        assertThat(end(begin(url()), false)).contains("is not what its SHA-256 says");
        assertThat(kept()).isEmpty();
    }

    @Test
    void whatIsNotThereOrHasNoSumIsSaid() throws Exception {
        assertThat(end(begin(url()), false)).contains("404", "could not be fetched");
        api("");
        assertThat(end(begin(url()), false)).contains("names no JDK 25 with its SHA-256");
        assertThat(kept()).isEmpty();
    }

    @Test
    void aSilentServerIsGivenUp() throws Exception {
        server().createContext("/v3/assets/latest/25/hotspot", exchange -> {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(end(begin(url()), false)).contains("could not be fetched");
        assertThat(kept()).isEmpty();
    }

    @Test
    void ofTwoStartsAtOnceOneFetches() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/flock")), "skipped: no flock on this system");
        api(sum(archive));
        file("/jdk.tar.gz", archive);
        Process one = begin(url());
        Process other = begin(url());
        end(one, true);
        end(other, true);
        assertThat(archivesAsked).hasValue(1);
        assertThat(kept()).hasSize(1);
    }

    @Test
    void whoForbidsItIsNotServed() throws Exception {
        api(sum(archive));
        file("/jdk.tar.gz", archive);
        end(begin(url(), "CULVERT_JDK=no"), false);
        assertThat(archivesAsked).hasValue(0);
        assertThat(kept()).isEmpty();
    }
}
