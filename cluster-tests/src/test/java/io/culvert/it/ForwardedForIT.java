package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.Namespace;
import io.culvert.it.harness.Nginx;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Clients behind an nginx on the server's host, which says by {@code X-Forwarded-For} who they are: logs and rules believe it
 * (wire-formats section 14.3), and nobody gains a right by what he writes into it himself.
 */
class ForwardedForIT {
    private static final String VLESS = ProtocolCase.VLESS.inbound();
    private static final Pattern FROM_LOOPBACK = Pattern.compile("[^:]127\\.0\\.0\\.1:\\d+ [a-z]+ ");
    private static final Duration WITHIN = Duration.ofMinutes(2);
    private static final int CONNECTIONS = 4;
    private static final long BYTES = 10 << 20;
    private static final String PRETENDED = "198.51.100.7";

    private final Certificates certificates = Certificates.create();
    private final int front = Ports.free();
    private final int frontOfGrpc = Ports.free();
    private final int ws = Ports.free();
    private final int upgrade = Ports.free();
    private final int grpc = Ports.free();
    private final int h2 = Ports.free();

    /** A way to the server with an entrance to each of the two targets. */
    private record Way(String name, String pretended, int toGuarded, int toOpen) {}

    @Test
    void a_front_says_who_the_clients_are_and_they_themselves_win_nothing() throws IOException {
        try (certificates;
                Namespace namespace = Namespace.create();
                TcpTarget guarded = TcpTarget.xorEcho();
                TcpTarget open = TcpTarget.xorEcho()) {
            // An address of this host that is not its loopback: who comes to it comes from it.
            String host = namespace.hostAddress();
            List<Way> ways = new ArrayList<>();
            NodeConfig v2ray = new NodeConfig();
            NodeConfig culvert = new NodeConfig();
            for (String header : List.of("", "127.0.0.1", PRETENDED)) {
                String headers = header.isEmpty() ? "{}" : "{'X-Forwarded-For': '" + header + "'}";
                ways.add(way(v2ray, "ws", header, host, front, guarded, open, """
                        network: 'ws', wsSettings: {path: '/ws', headers: %s}""".formatted(headers)));
                ways.add(way(culvert, "httpupgrade", header, host, front, guarded, open, """
                        network: 'httpupgrade', httpupgradeSettings: {path: '/upgrade', headers: %s}""".formatted(headers)));
                ways.add(way(culvert, "h2", header, host, h2, guarded, open, """
                        network: 'http', httpSettings: {host: ['a.test'], path: '/h2', headers: %s}""".formatted(headers)));
            }
            ways.add(way(culvert, "grpc", "", host, frontOfGrpc, guarded, open, """
                    network: 'grpc', grpcSettings: {serviceName: 'service'}"""));
            try (Nginx nginx = Nginx.start(front, servers(host));
                    ProxyNode server = ProxyNode.start(Program.CULVERT, server(host, open.port()));
                    ProxyNode first = ProxyNode.start(Program.V2RAY, v2ray);
                    ProxyNode second = ProxyNode.start(Program.CULVERT, culvert)) {
                for (Way way : ways) {
                    expect(way, server);
                }
                ways.stream().filter(way -> way.pretended.isEmpty()).forEach(ForwardedForIT::moveMuch);
                server.expectInLog(host + ":0 accepted ", PRETENDED + ":0 ");
                assertThat(server.log()).doesNotContainPattern(FROM_LOOPBACK);
                expectLoopbackClient(server, guarded);
                server.expectCleanLog();
                second.expectCleanLog();
                assertThat(first.isAlive() && nginx.isAlive()).isTrue();
            }
        }
    }

    private static void expect(Way way, ProxyNode server) throws IOException {
        // The front itself is on the server's host, whose own clients may go to its loopback: those behind it may not.
        assertThat(answered(way.toGuarded))
                .as("%s to the guarded target\n%s", way, server.log())
                .isFalse();
        boolean blocked = way.pretended.equals(PRETENDED);
        assertThat(answered(way.toOpen))
                .as("%s to the open target\n%s", way, server.log())
                .isEqualTo(!blocked);
    }

    /** The front is a program between the two ends of each transport, with buffers of its own. */
    private static void moveMuch(Way way) {
        InetSocketAddress entrance = new InetSocketAddress(InetAddress.getLoopbackAddress(), way.toOpen);
        XorExchange.named(way, () -> XorExchange.run(entrance, CONNECTIONS, BYTES, WITHIN))
                .run();
    }

    /** Without a front: a client of the server's own host is one, and a header that says so changes nothing. */
    private void expectLoopbackClient(ProxyNode server, TcpTarget guarded) throws IOException {
        int entrance = Ports.free();
        NodeConfig config = new NodeConfig()
                .inbound("in", entrance, "dokodemo-door", fixed(guarded))
                .outbound(
                        "out",
                        "vless",
                        ProtocolCase.VLESS.outbound("127.0.0.1", ws),
                        "{network: 'ws', wsSettings: {path: '/ws', headers: {'X-Forwarded-For': '127.0.0.1'}}}");
        try (ProxyNode client = ProxyNode.start(Program.V2RAY, config)) {
            assertThat(answered(entrance)).as(client.log()).isTrue();
            Await.until(
                    WITHIN,
                    server::log,
                    () -> FROM_LOOPBACK.matcher(server.log()).find());
        }
    }

    private static boolean answered(int entrance) throws IOException {
        return Clients.answered(new InetSocketAddress(InetAddress.getLoopbackAddress(), entrance));
    }

    private static String fixed(TcpTarget target) {
        return "{address: '127.0.0.1', port: " + target.port() + ", network: 'tcp'}";
    }

    private Way way(
            NodeConfig client,
            String transport,
            String pretended,
            String host,
            int port,
            TcpTarget guarded,
            TcpTarget open,
            String network) {
        String tag = transport + " as " + pretended;
        Way way = new Way(tag, pretended, Ports.free(), Ports.free());
        client.inbound("guarded " + tag, way.toGuarded, "dokodemo-door", fixed(guarded))
                .inbound("open " + tag, way.toOpen, "dokodemo-door", fixed(open))
                .outbound(
                        tag,
                        "vless",
                        ProtocolCase.VLESS.outbound(host, port),
                        "{" + network + ", " + certificates.clientSecurity("") + "}")
                .route("guarded " + tag, tag)
                .route("open " + tag, tag);
        return way;
    }

    private NodeConfig server(String host, int open) {
        return new NodeConfig()
                .section("log", "{access: '', loglevel: 'warning'}")
                .inbound("ws", "127.0.0.1", ws, "vless", VLESS, "{network: 'ws', wsSettings: {path: '/ws'}}")
                .inbound(
                        "upgrade",
                        "127.0.0.1",
                        upgrade,
                        "vless",
                        VLESS,
                        "{network: 'httpupgrade', httpupgradeSettings: {path: '/upgrade'}}")
                .inbound(
                        "grpc",
                        "127.0.0.1",
                        grpc,
                        "vless",
                        VLESS,
                        "{network: 'grpc', grpcSettings: {serviceName: 'service'}}")
                .inbound(
                        "h2",
                        host,
                        h2,
                        "vless",
                        VLESS,
                        "{network: 'http', httpSettings: {host: ['a.test'], path: '/h2'}, "
                                + certificates.serverSecurity("") + "}")
                .outbound("free", "freedom", "{}")
                .outbound("open", "freedom", "{allowPrivate: true}")
                .outbound("none", "blackhole", "{}")
                .rule("{source: ['" + PRETENDED + "'], outboundTag: 'none'}")
                .rule("{port: '" + open + "', outboundTag: 'open'}");
    }

    private String servers(String host) {
        String tls =
                "ssl_certificate %s; ssl_certificate_key %s;".formatted(certificates.certificate(), certificates.key());
        String upgraded = """
                location %s {
                  proxy_pass http://127.0.0.1:%d;
                  proxy_http_version 1.1;
                  proxy_set_header Upgrade $http_upgrade;
                  proxy_set_header Connection upgrade;
                  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                }
                """;
        return """
                server {
                  listen %s:%d ssl;
                  %s
                  %s
                  %s
                }
                server {
                  listen %s:%d ssl http2;
                  %s
                  client_max_body_size 0;
                  location / {
                    grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    grpc_pass grpc://127.0.0.1:%d;
                  }
                }
                """.formatted(
                        host,
                        front,
                        tls,
                        upgraded.formatted("/ws", ws),
                        upgraded.formatted("/upgrade", upgrade),
                        host,
                        frontOfGrpc,
                        tls,
                        grpc);
    }
}
