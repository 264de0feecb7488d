package io.culvert.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.admin.Metrics;
import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.reader.ConfigCheck;
import io.culvert.config.reader.DiagnosticPrinter;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import io.culvert.ingress.listener.ListenException;
import io.culvert.launcher.cert.SelfSigned;
import io.culvert.launcher.log.AccessLog;
import io.culvert.launcher.log.Logs;
import io.culvert.testkit.Shared;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code test} finds is what a start would stop at, but for sockets that others have. */
class StartCheckTest {
    private static Vertx vertx = Vertx.vertx();

    @TempDir
    private Path folder = Path.of("");

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() {
        vertx.close();
    }

    private static LoadResult load(String name, String text) {
        return ConfigCheck.load(List.of(new Source(name, text)), Environment.ofProcess());
    }

    private static List<String> faults(String json) {
        LoadResult loaded = load("c.json", json);
        assertThat(DiagnosticPrinter.lines(loaded.diagnostics())).noneMatch(line -> line.contains("  error  "));
        return StartCheck.of(Objects.requireNonNull(loaded.config()), Instant.now()).stream()
                .map(Diagnostic::toString)
                .toList();
    }

    private static SelfSigned certificate(String name) {
        return SelfSigned.create(
                new SelfSigned.Request(name, "test", List.of(name), false, Duration.ofDays(1)),
                Instant.now(),
                new SecureRandom());
    }

    private String tls(String certificateFile, String keyFile) {
        return """
                {"inbounds": [{"port": 1, "listen": "127.0.0.1", "protocol": "socks", "streamSettings": {"security": "tls",
                  "tlsSettings": {"certificates": [{"certificateFile": "%s", "keyFile": "%s"}]}}}],
                 "outbounds": [{"protocol": "freedom"}]}""".formatted(certificateFile, keyFile);
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void whatIsWrongWithACertificateOrKeyIsSaidOfItsFile() throws Exception {
        SelfSigned own = certificate("a.example");
        String certificate = file("a.crt", own.certificatePem());
        String key = file("a.key", own.keyPem());
        assertThat(faults(tls(certificate, key))).isEmpty();
        String both = file("both.pem", own.keyPem() + "junk\n" + own.certificatePem());
        assertThat(faults(tls(both, both))).isEmpty();
        assertFault(
                certificate,
                file("b.key", certificate("b.example").keyPem()),
                "b.key: the private key belongs to another certificate");
        assertFault(certificate, file("empty.key", "\n"), "empty.key: there is no private key in it");
        assertFault(certificate, certificate, "a.crt: it holds a certificate, and no private key");
        assertFault(
                certificate,
                file("encrypted.key", own.keyPem().replace("PRIVATE", "ENCRYPTED PRIVATE")),
                "encrypted.key: the private key is encrypted, and there is nobody to ask for its password");
        assertFault(
                certificate,
                file(
                        "old.key",
                        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC"
                                + " PRIVATE KEY-----\n"),
                "old.key: the private key is encrypted, and there is nobody to ask for its password");
        assertFault(certificate, file("rsa.key", rsaKey()), "rsa.key: the private key belongs to another certificate");
        assertFault(
                certificate,
                file("broken.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
                "broken.key: the private key is broken, or belongs to another certificate");
        assertFault(file("garbage.crt", "x"), key, "garbage.crt: there is no certificate in it");
        assertFault(key, key, "a.key: it holds a private key, and no certificate");
        assertFault(
                file("broken.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                key,
                "broken.crt: a certificate in it is broken");
    }

    private static String rsaKey() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(generator.generateKeyPair().getPrivate().getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }

    /** Over TCP and over QUIC alike. */
    private void assertFault(String certificateFile, String keyFile, String what) {
        String json = tls(certificateFile, keyFile);
        for (String network : List.of("", "\"network\": \"quic\", ")) {
            assertThat(faults(json.replace("\"security\"", network + "\"security\"")))
                    .singleElement()
                    .asString()
                    .startsWith("c.json:2:")
                    .endsWith("inbounds[0].streamSettings.tlsSettings.certificates[0]: " + folder + "/" + what);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1, the inbound \"a\" at c.json:1:15 has it",
        "0.0.0.0, 127.0.0.1, the inbound \"a\" at c.json:1:15 has it by listening on 0.0.0.0",
        "127.0.0.1, '::', the inbound \"a\" at c.json:1:15 has it by listening on 127.0.0.1",
    })
    void twoInboundsCannotHaveOnePort(String first, String second, String why) {
        String json = """
                {"inbounds": [{"tag": "a", "port": "1000-1010", "listen": "%s", "protocol": "vmess"},
                 {"tag": "b", "port": "1005-1020", "listen": "%s", "protocol": "vmess"}],
                 "outbounds": [{"protocol": "freedom"}]}""".formatted(first, second);
        assertThat(faults(json))
                .singleElement()
                .asString()
                .matches("c.json:2:2 {2}error {2}inbounds\\[1]: cannot" + " listen on \\S+:1005: .*")
                .endsWith(why);
    }

    @Test
    void aPortOfTcpIsFreeForUdpAndPortZeroForEveryone() {
        String json = """
                {"inbounds": [{"port": 7, "listen": "127.0.0.1", "protocol": "vmess"},
                 {"port": 7, "listen": "127.0.0.1", "protocol": "vmess", "streamSettings": {"network": "kcp"}},
                 {"port": 0, "listen": "127.0.0.1", "protocol": "vmess"},
                 {"port": 0, "listen": "127.0.0.2", "protocol": "vmess"},
                 {"port": 7, "listen": "127.0.0.2", "protocol": "vmess"}],
                 "outbounds": [{"protocol": "freedom"}]}""";
        assertThat(faults(json)).isEmpty();
        assertThat(faults(json.replace(
                        "127.0.0.2\", \"protocol\": \"vmess\"}]", "127.0.0.1\", \"protocol\": \"vmess\"}]")))
                .singleElement()
                .asString()
                .contains("inbounds[4]");
    }

    @Test
    void theFoldersOfLogsAreLookedAt() throws Exception {
        Path missing = folder.resolve("no");
        String json = """
                {"log": {"access": "%s/a.log", "error": "%s"}, "inbounds": [], "outbounds": [{"protocol": "freedom"}]}""".formatted(missing, folder);
        assertThat(faults(json))
                .containsExactly(
                        "c.json:1:" + (json.indexOf(": \"" + folder + "\"") + 3)
                                + "  error  log.error: the log cannot be" + " written: " + folder + ": it is a folder",
                        "c.json:1:20  error  log.access: the log cannot be written: " + missing + "/a.log: the folder "
                                + missing + " does not exist");
        String good = folder.resolve("a.log").toString();
        assertThat(faults("{\"log\": {\"access\": \"" + good + "\"}, \"inbounds\": [], \"outbounds\": []}"))
                .isEmpty();
        assertThat(Path.of(good)).doesNotExist();
    }

    @Test
    void anOutboundIsMade() {
        assertThat(faults("""
                {"inbounds": [], "outbounds": [{"protocol": "http", "settings": {"servers": [{"address": "127.0.0.1", "port": 1}]},
                 "streamSettings": {"network": "h2"}}]}"""))
                .containsExactly("c.json:1:32  error  outbounds[0]: the transport \"http\" of an outbound needs"
                        + " \"security\": \"tls\"");
    }

    @Test
    void everyCertificateThatAnOutboundTrustsIsRead() throws Exception {
        String json = """
                {"inbounds": [], "outbounds": [{"protocol": "http", "settings": {"servers": [{"address": "127.0.0.1", "port": 1}]},
                 "streamSettings": {"security": "tls", "tlsSettings": {"serverName": "x", "certificates": [
                 {"usage": "verify", "certificateFile": "%s"}, {"usage": "verify", "certificate": ["x"]}]}}}]}""".formatted(file("ca.pem", "x"));
        assertThat(faults(json))
                .containsExactly(
                        "c.json:3:2  error  outbounds[0].streamSettings.tlsSettings.certificates[0]: " + folder
                                + "/ca.pem: there is no certificate in it",
                        "c.json:3:" + (json.lines().toList().get(2).indexOf("}, {") + 4)
                                + "  error  outbounds[0].streamSettings.tlsSettings.certificates[1]: the certificate at"
                                + " outbounds[0].streamSettings.tlsSettings.certificates[1]: there is no certificate in it");
    }

    @Test
    void theFarmsPortsAndSecretsAreLookedAt() {
        String json = """
                {"inbounds": [{"port": 7443, "listen": "0.0.0.0", "protocol": "vmess"}], "outbounds": [],
                 "cluster": {"name": "x", "roles": ["ingress", "egress"], "bind": "127.0.0.1", "secrets": "%s"}}""".formatted(folder.resolve("secrets"));
        assertThat(faults(json))
                .hasSize(2)
                .anyMatch(line -> line.startsWith("c.json:2:13  error  cluster: " + folder) && line.contains("missing"))
                .contains("c.json:1:15  error  inbounds[0]: cannot listen on 7443: the node link has it on 127.0.0.1");
    }

    static Stream<String> configurations() throws IOException {
        Path index = Shared.path("configs/INDEX.tsv");
        return Files.readAllLines(index).stream().skip(1).map(line -> line.split("\t", -1)[0]);
    }

    /** Real configurations: the verdict is that of a start, which is tried up to its first socket. */
    @ParameterizedTest
    @MethodSource("configurations")
    void theVerdictIsThatOfAStart(String name) throws Exception {
        String text = new String(Files.readAllBytes(Shared.path("configs/" + name)), StandardCharsets.UTF_8);
        LoadResult loaded = load(name, text);
        CulvertConfig config = loaded.config();
        if (config == null) {
            return; // refused by both alike, for they read it with the same words
        }
        List<Diagnostic> faults = StartCheck.of(config, Instant.now());
        assertThat(faults)
                .as(() -> String.join("\n", DiagnosticPrinter.lines(faults)))
                .matches(found -> found.isEmpty() == starts(config));
        assertThat(faults).noneMatch(fault -> fault.message().matches(".*\\b(java|javax|io\\.netty|sun)\\..*"));
    }

    private static boolean starts(CulvertConfig config) {
        boolean logs = Logs.fault(config.log().access()) == null
                && Logs.fault(config.log().error()) == null;
        try {
            NodeRuntime runtime = new NodeRuntime(vertx, new Metrics(), null);
            new DeployedDataPath(runtime, new NodeOptions(null, AccessLog.none())).begin(config);
            return logs;
        } catch (TlsConfigException | ListenException _) {
            return false;
        }
    }
}
