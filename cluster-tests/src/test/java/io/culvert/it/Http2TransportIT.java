package io.culvert.it;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Peers;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** What strangers hear from an HTTP/2 server, and what a client leaves that is killed in the middle of a transfer. */
class Http2TransportIT {
    private static final int CONNECTIONS = 10;
    private static final long BYTES = 10L << 20;
    private static final Duration WITHIN = Duration.ofSeconds(60);
    private static final String HTTP2 = "network: 'http', httpSettings: {path: '/h2', host: ['a.test', 'b.test']}";

    private static final List<String> CURL =
            List.of("curl", "-sk", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}");

    /**
     * A request of a stranger.
     *
     * @param status what it is answered
     */
    private record Stranger(boolean tls, String version, String host, String path, String status) {}

    @Test
    void strangers_hear_what_a_web_server_would_say() {
        Peers.require("curl");
        int tls = Ports.free();
        int plain = Ports.free();
        String inbound = ProtocolCase.VMESS_AES_128_GCM.inbound();
        try (Certificates certificates = Certificates.create();
                ProxyNode server = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .outbound("free", "freedom", "{}")
                                .inbound("tls", "127.0.0.1", tls, "vmess", inbound, withTls(certificates))
                                .inbound("plain", "127.0.0.1", plain, "vmess", inbound, "{" + HTTP2 + "}"))) {
            List<Stranger> strangers = List.of(
                    new Stranger(true, "--http2", "a.test", "/h2", "200"),
                    new Stranger(true, "--http2", "a.test", "/h2/more?x=1", "200"),
                    new Stranger(true, "--http2", "A.test", "/nope", "404"),
                    new Stranger(true, "--http2", "c.test", "/h2", "404"),
                    new Stranger(true, "--http1.1", "a.test", "/h2", "404"),
                    new Stranger(false, "--http2-prior-knowledge", "b.test", "/h2", "200"),
                    new Stranger(false, "--http2-prior-knowledge", "b.test", "/nope", "404"),
                    new Stranger(false, "--http2", "b.test", "/h2", "200"),
                    new Stranger(false, "--http2", "c.test", "/h2", "404"),
                    new Stranger(false, "--http1.1", "b.test", "/h2", "404"));
            SoftAssertions.assertSoftly(all ->
                    strangers.forEach(one -> all.assertThat(statusHeard(one, one.tls ? tls : plain))
                            .as(one.toString())
                            .isEqualTo(one.status)));
            server.expectCleanLog();
        }
    }

    private static String withTls(Certificates certificates) {
        return "{" + HTTP2 + ", " + certificates.serverSecurity("") + "}";
    }

    private static String statusHeard(Stranger stranger, int port) {
        List<String> command = new ArrayList<>(CURL);
        command.addAll(List.of(
                stranger.version,
                "--connect-to",
                "::127.0.0.1:" + port,
                (stranger.tls ? "https://" : "http://") + stranger.host + stranger.path));
        return Peers.run(Duration.ofSeconds(20), command).output();
    }

    @Test
    void a_client_that_is_killed_leaves_nothing() {
        int port = Ports.free();
        int entrance = Ports.free();
        try (Certificates certificates = Certificates.create();
                TcpTarget target = TcpTarget.xorEcho();
                ProxyNode server = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .outbound("free", "freedom", "{}")
                                .inbound(
                                        "in",
                                        "127.0.0.1",
                                        port,
                                        "vless",
                                        ProtocolCase.VLESS.inbound(),
                                        withTls(certificates)))) {
            int before = server.openSockets();
            InetSocketAddress door = new InetSocketAddress(InetAddress.getLoopbackAddress(), entrance);
            try (ProxyNode client = ProxyNode.start(
                    Program.CULVERT,
                    new NodeConfig()
                            .inbound(
                                    "door",
                                    entrance,
                                    "dokodemo-door",
                                    "{address: '127.0.0.1', port: " + target.port() + "}")
                            .outbound(
                                    "out",
                                    "vless",
                                    ProtocolCase.VLESS.outbound("127.0.0.1", port),
                                    "{" + HTTP2 + ", " + certificates.clientSecurity("") + "}"))) {
                Thread flow = Thread.ofVirtual().start(() -> {
                    try {
                        XorExchange.run(door, CONNECTIONS, 10 * BYTES, WITHIN);
                    } catch (AssertionError _) {
                        // The killed node is in the way.
                    }
                });
                Await.until(WITHIN, () -> "no session", () -> server.openSockets() > before + CONNECTIONS);
                client.kill();
                flow.interrupt();
            }
            server.expectSocketsBackTo(before, Duration.ofSeconds(20));
            server.expectCleanLog();
        }
    }
}
