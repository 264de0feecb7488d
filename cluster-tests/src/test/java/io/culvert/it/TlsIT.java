package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.HttpOrigin;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Peers;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What TLS settings do, seen by V2Ray, curl and openssl (wire-formats section 14.2). */
class TlsIT {
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final String VLESS = ProtocolCase.VLESS.inbound();

    private static String tls(String... settings) {
        return "security: 'tls', tlsSettings: {" + String.join(", ", settings) + "}";
    }

    private static String certificates(String... entries) {
        return "certificates: [" + String.join(", ", entries) + "]";
    }

    private static NodeConfig server(int port, String stream) {
        return new NodeConfig()
                .inbound("in", "127.0.0.1", port, "vless", VLESS, "{" + stream + "}")
                .outbound("free", "freedom", "{}");
    }

    /** Shakes hands as openssl does, says nothing, and gives what it has printed. */
    private static String openssl(int port, String options) {
        return Peers.run(
                        WITHIN,
                        List.of(
                                Peers.require("bash").toString(),
                                "-c",
                                "%s s_client -connect 127.0.0.1:%d %s </dev/null"
                                        .formatted(Peers.require("openssl"), port, options)))
                .output();
    }

    private static String shown(int port, String name) {
        return openssl(port, "-servername " + name)
                .lines()
                .filter(line -> line.startsWith("subject="))
                .findFirst()
                .orElse("nothing");
    }

    @Test
    void each_name_is_shown_its_certificate() {
        int port = Ports.free();
        try (Certificates first = Certificates.create("first.test");
                Certificates second = Certificates.create("*.second.test");
                ProxyNode node = ProxyNode.start(
                        Program.CULVERT,
                        server(port, tls(certificates(first.entry("encipherment"), second.entry("encipherment")))))) {
            assertThat(shown(port, "first.test")).endsWith("CN = first.test");
            assertThat(shown(port, "www.Second.test")).endsWith("CN = *.second.test");
            assertThat(shown(port, "third.test")).endsWith("CN = first.test");
            node.expectCleanLog();
        }
    }

    static List<Pair> pairs() {
        return Pair.all().toList();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void an_authority_issues_certificates_for_the_names_that_clients_ask_for(Pair pair) {
        int port = Ports.free();
        int entrance = Ports.free();
        try (Certificates authority = Certificates.create("authority.test");
                TcpTarget target = TcpTarget.xorEcho();
                ProxyNode server =
                        ProxyNode.start(pair.server(), server(port, tls(certificates(authority.entry("issue")))));
                ProxyNode client = ProxyNode.start(
                        pair.client(),
                        new NodeConfig()
                                .inbound("in", entrance, "dokodemo-door", fixed(target))
                                .outbound(
                                        "out",
                                        "vless",
                                        ProtocolCase.VLESS.outbound("127.0.0.1", port),
                                        "{"
                                                + tls(
                                                        "serverName: 'www.any.test'",
                                                        "disableSystemRoot: true",
                                                        certificates("{usage: 'verify', certificateFile: '"
                                                                + authority.certificate() + "'}"))
                                                + "}"))) {
            XorExchange.run(() -> Clients.connect(entrance), 3, 100_000, WITHIN);
            String handshake = openssl(
                    port,
                    "-servername one.test -verify_hostname one.test -verify_return_error -CAfile "
                            + authority.certificate());
            assertThat(handshake).contains("Verify return code: 0 (ok)");
            assertThat(shown(port, "two.test")).endsWith("CN = two.test");
            server.expectCleanLog();
            client.expectCleanLog();
        }
    }

    private static String fixed(TcpTarget target) {
        return "{address: '127.0.0.1', port: " + target.port() + ", network: 'tcp'}";
    }

    @ParameterizedTest
    @EnumSource
    void the_application_protocol_is_the_transports(Program program) {
        int tcp = Ports.free();
        int h2 = Ports.free();
        int ws = Ports.free();
        try (Certificates own = Certificates.create()) {
            String tls = tls(certificates(own.entry("encipherment")));
            NodeConfig config = server(tcp, tls)
                    .inbound("h2", "127.0.0.1", h2, "vless", VLESS, "{network: 'http', " + tls + "}")
                    .inbound("ws", "127.0.0.1", ws, "vless", VLESS, "{network: 'ws', " + tls + "}");
            try (ProxyNode node = ProxyNode.start(program, config)) {
                assertThat(openssl(tcp, "-alpn h2,http/1.1")).contains("ALPN protocol: h2");
                assertThat(openssl(tcp, "-alpn http/1.1")).contains("No ALPN negotiated");
                assertThat(openssl(tcp, "")).contains("No ALPN negotiated");
                assertThat(openssl(h2, "-alpn http/1.1,h2")).contains("ALPN protocol: h2");
                assertThat(openssl(ws, "-alpn http/1.1")).contains("ALPN protocol: http/1.1");
                if (program == Program.CULVERT) {
                    // V2Ray takes h2 here, which breaks the upgrade.
                    assertThat(openssl(ws, "-alpn h2,http/1.1")).contains("ALPN protocol: http/1.1");
                }
                node.expectCleanLog();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"CULVERT, true", "CULVERT, false", "V2RAY, true", "V2RAY, false"})
    void sessions_are_resumed_where_that_is_on(Program program, boolean on) {
        int port = Ports.free();
        try (Certificates own = Certificates.create();
                ProxyNode node = ProxyNode.start(
                        program,
                        server(port, tls("enableSessionResumption: " + on, certificates(own.entry("encipherment")))))) {
            String handshakes = openssl(port, "-tls1_2 -reconnect");
            assertThat(handshakes).contains("New, TLSv1.2");
            assertThat(handshakes.contains("Reused, TLSv1.2")).as(handshakes).isEqualTo(on);
            node.expectCleanLog();
        }
    }

    @Test
    void versions_and_cipher_suites_can_be_restricted() {
        int newest = Ports.free();
        int older = Ports.free();
        try (Certificates own = Certificates.create()) {
            String entries = certificates(own.entry("encipherment"));
            String suite = "cipherSuites: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'";
            NodeConfig config = server(newest, tls("minVersion: '1.3'", entries))
                    .inbound(
                            "older",
                            "127.0.0.1",
                            older,
                            "vless",
                            VLESS,
                            "{" + tls("maxVersion: '1.2'", suite, entries) + "}");
            try (ProxyNode node = ProxyNode.start(Program.CULVERT, config)) {
                assertThat(openssl(newest, "-tls1_2")).contains("alert protocol version");
                assertThat(openssl(newest, "")).contains("New, TLSv1.3");
                assertThat(openssl(older, "")).contains("New, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384");
                assertThat(openssl(older, "-tls1_3")).contains("alert protocol version");
                node.expectCleanLog();
            }
        }
    }

    @Test
    void a_client_checks_what_it_is_told_to() throws IOException, GeneralSecurityException {
        int port = Ports.free();
        try (Certificates own = Certificates.create();
                Certificates other = Certificates.create();
                TcpTarget target = TcpTarget.xorEcho();
                ProxyNode server =
                        ProxyNode.start(Program.V2RAY, server(port, tls(certificates(own.entry("encipherment")))))) {
            String name = "serverName: '" + Certificates.NAME + "'";
            String trusted = "disableSystemRoot: true, "
                    + certificates("{usage: 'verify', certificateFile: '" + own.certificate() + "'}");
            String hash = HexFormat.of().formatHex(own.hash());
            String chain = Base64.getEncoder().encodeToString(own.hash());
            Map<String, Boolean> cases = new LinkedHashMap<>();
            cases.put(tls(name, trusted), true);
            cases.put(tls("serverName: 'another.test'", trusted), false);
            cases.put(tls(trusted), false);
            cases.put(tls(name), false);
            cases.put(tls(name, "disableSystemRoot: true"), false);
            cases.put(tls("allowInsecure: true"), true);
            cases.put(tls("pinnedPeerCertSha256: '" + hash + "'"), true);
            cases.put(tls(name, trusted, "pinnedPeerCertificateChainSha256: ['" + chain + "']"), true);
            cases.put(tls("allowInsecure: true", "pinnedPeerCertificateChainSha256: ['" + chain + "']"), true);
            String wrong = Base64.getEncoder().encodeToString(other.hash());
            cases.put(tls("allowInsecure: true", "pinnedPeerCertificateChainSha256: ['" + wrong + "']"), false);
            cases.put(tls(name, "pinnedPeerCertSha256: '" + HexFormat.of().formatHex(other.hash()) + "'"), false);
            expect(cases, port, target);
            server.expectCleanLog();
        }
    }

    private static void expect(Map<String, Boolean> cases, int port, TcpTarget target) throws IOException {
        NodeConfig config = new NodeConfig();
        Map<String, Integer> entrances = new LinkedHashMap<>();
        for (String stream : cases.keySet()) {
            int entrance = Ports.free();
            String tag = "case " + entrances.size();
            entrances.put(stream, entrance);
            config.inbound("to " + tag, entrance, "dokodemo-door", fixed(target))
                    .outbound(tag, "vless", ProtocolCase.VLESS.outbound("127.0.0.1", port), "{" + stream + "}")
                    .route("to " + tag, tag);
        }
        try (ProxyNode client = ProxyNode.start(Program.CULVERT, config)) {
            for (Map.Entry<String, Integer> one : entrances.entrySet()) {
                assertThat(Clients.answered(new InetSocketAddress(InetAddress.getLoopbackAddress(), one.getValue())))
                        .as(one.getKey())
                        .isEqualTo(cases.get(one.getKey()));
            }
            client.expectCleanLog();
        }
    }

    @Test
    void replaced_files_are_shown_and_open_sessions_stay() throws IOException {
        int port = Ports.free();
        int entrance = Ports.free();
        try (Certificates own = Certificates.create();
                Certificates next = Certificates.create("next.test");
                TcpTarget target = TcpTarget.xorEcho();
                ProxyNode server =
                        ProxyNode.start(Program.CULVERT, server(port, tls(certificates(own.entry("encipherment")))));
                ProxyNode client = ProxyNode.start(
                        Program.V2RAY,
                        new NodeConfig()
                                .inbound("in", entrance, "dokodemo-door", fixed(target))
                                .outbound(
                                        "out",
                                        "vless",
                                        ProtocolCase.VLESS.outbound("127.0.0.1", port),
                                        "{" + tls("allowInsecure: true") + "}"));
                Socket open = Clients.connect(entrance)) {
            exchange(open);
            assertThat(shown(port, "any.test")).endsWith("CN = " + Certificates.NAME);
            own.replaceBy(next);
            Await.until(
                    WITHIN,
                    () -> "the replaced certificate is not shown\n" + server.log(),
                    () -> shown(port, "any.test").endsWith("CN = next.test"));
            exchange(open);
            XorExchange.run(() -> Clients.connect(entrance), 2, 100_000, WITHIN);
            assertThat(client.isAlive()).isTrue();
            server.expectCleanLog();
        }
    }

    private static void exchange(Socket socket) throws IOException {
        Streams.send(socket.getOutputStream(), new Payload(1), 1_000);
        Streams.expect(socket.getInputStream(), new Payload(1), 1_000, Payload.XOR);
    }

    @Test
    void curl_speaks_to_an_http_proxy_over_tls() {
        int port = Ports.free();
        try (Certificates own = Certificates.create();
                HttpOrigin origin = new HttpOrigin();
                ProxyNode node = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .inbound(
                                        "in", "127.0.0.1", port, "http", "{}", own.serverStream("alpn: ['http/1.1'], "))
                                .outbound("free", "freedom", "{}"))) {
            String proxy = Certificates.NAME + ":" + port;
            Peers.Result answer = Peers.run(
                    WITHIN,
                    List.of(
                            Peers.require("curl").toString(),
                            "-sS",
                            "--proxy",
                            "https://" + proxy,
                            "--resolve",
                            proxy + ":127.0.0.1",
                            "--proxy-cacert",
                            own.certificate().toString(),
                            origin.url("/over-tls")));
            assertThat(answer.output()).isEqualTo("GET /over-tls 0");
            node.expectCleanLog();
        }
    }
}
