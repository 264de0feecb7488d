package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Namespace;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Peers;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** dokodemo-door behind a firewall that leads clients to it, in a network namespace. */
class TransparentIT {
    private static final Duration WITHIN = Duration.ofSeconds(20);
    private static final String GREETING = "reached";
    /** An address that nobody has. */
    private static final String ELSEWHERE = "10.99.213.1";

    @Test
    void redirected_connections_go_where_they_were_meant_to() throws IOException {
        int door = Ports.free();
        try (Namespace namespace = Namespace.create();
                Greeter target = new Greeter(namespace.hostAddress())) {
            namespace.connect();
            // The node's own connections carry a mark, or they would come back to it for ever.
            namespace.rules("""
                    table ip culvert {
                      chain out {
                        type nat hook output priority -100;
                        meta mark 255 accept
                        ip daddr %s tcp dport %d redirect to :%d
                      }
                    }""".formatted(namespace.hostAddress(), target.port(), door));
            NodeConfig config = new NodeConfig()
                    .inbound("in", "0.0.0.0", door, "dokodemo-door", "{followRedirect: true}", "{}")
                    .outbound("free", "freedom", "{allowPrivate: true}", "{sockopt: {mark: 255, tcpFastOpen: true}}");
            try (ProxyNode node = ProxyNode.startIn(namespace, config)) {
                Peers.Result answer = read(namespace, namespace.hostAddress(), target.port());
                assertThat(answer.output()).as(node.log()).isEqualTo(GREETING);
                // Who comes by no other way has no other destination.
                assertThat(read(namespace, "127.0.0.1", door).output()).isEmpty();
                node.expectCleanLog();
            }
        }
    }

    private static Peers.Result read(Namespace namespace, String host, int port) {
        return namespace.run(
                List.of(Peers.require("bash").toString(), "-c", "exec 3<>/dev/tcp/" + host + "/" + port + "; cat <&3"));
    }

    /** Sends what goes from here to nobody's address through the namespace, whose firewall leads it to the door as it is. */
    private static void divert(Namespace namespace, String what, int door) {
        String ip = Peers.require("ip").toString();
        namespace.connect();
        namespace.rules("""
                table ip culvert {
                  chain pre {
                    type filter hook prerouting priority -150;
                    ip daddr %s %s meta mark set 1 tproxy to :%d accept
                  }
                }""".formatted(ELSEWHERE, what, door));
        namespace.run(List.of(ip, "rule", "add", "fwmark", "1", "lookup", "100"));
        namespace.run(List.of(ip, "route", "add", "local", "0.0.0.0/0", "dev", "lo", "table", "100"));
        Peers.run(WITHIN, List.of(ip, "route", "add", ELSEWHERE + "/32", "via", namespace.ownAddress()));
    }

    private static NodeConfig atDoor(int door, String network, String target) {
        return new NodeConfig()
                .section("log", "{access: '', loglevel: 'warning'}")
                .inbound(
                        "in",
                        "0.0.0.0",
                        door,
                        "dokodemo-door",
                        "{followRedirect: true, network: '" + network + "'}",
                        "{sockopt: {tproxy: 'tproxy'}}")
                .outbound("free", "freedom", "{redirect: '" + target + "'}");
    }

    @Test
    void transparently_proxied_connections_keep_their_destination() throws IOException {
        int door = Ports.free();
        int asked = Ports.free();
        try (Namespace namespace = Namespace.create();
                Greeter target = new Greeter(namespace.hostAddress())) {
            divert(namespace, "tcp dport " + asked, door);
            NodeConfig config = atDoor(door, "tcp", namespace.hostAddress() + ":" + target.port());
            try (ProxyNode node = ProxyNode.startIn(namespace, config);
                    Socket client = new Socket()) {
                client.setSoTimeout((int) WITHIN.toMillis());
                client.connect(new InetSocketAddress(ELSEWHERE, asked), (int) WITHIN.toMillis());
                assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo(GREETING);
                node.expectInLog(ELSEWHERE + ":" + asked);
                node.expectCleanLog();
            }
        }
    }

    @Test
    void transparently_proxied_datagrams_are_answered_in_the_name_of_their_destination() throws IOException {
        int door = Ports.free();
        int asked = Ports.free();
        try (Namespace namespace = Namespace.create();
                UdpTarget target = new UdpTarget(InetAddress.ofLiteral(namespace.hostAddress()), Ports.free())) {
            divert(namespace, "udp dport { %d, %d }".formatted(asked, door), door);
            NodeConfig config = atDoor(door, "udp", namespace.hostAddress() + ":" + target.port());
            InetAddress elsewhere = InetAddress.ofLiteral(ELSEWHERE);
            try (ProxyNode node = ProxyNode.startIn(namespace, config);
                    UdpClient one = UdpClient.onlyTo(new InetSocketAddress(elsewhere, asked));
                    UdpClient another = UdpClient.onlyTo(new InetSocketAddress(elsewhere, asked));
                    // The listener's own port.
                    UdpClient third = UdpClient.onlyTo(new InetSocketAddress(elsewhere, door))) {
                one.expectXorEcho(5, 1_000);
                another.expectXorEcho(5, 1_000);
                third.expectXorEcho(5, 1_000);
                one.expectXorEcho(5, 1_200);
                assertThat(target.clients()).isEqualTo(3);
                node.expectInLog("udp:" + ELSEWHERE + ":" + asked);
                node.expectCleanLog();
            }
        }
    }

    /** Greets whoever comes, and ends the connection. */
    private static final class Greeter implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket();

        Greeter(String address) throws IOException {
            listener.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            Thread.ofVirtual().start(this::serve);
        }

        int port() {
            return listener.getLocalPort();
        }

        private void serve() {
            while (!listener.isClosed()) {
                try (Socket client = listener.accept()) {
                    client.getOutputStream().write(GREETING.getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    if (!listener.isClosed()) {
                        throw new UncheckedIOException(e);
                    }
                }
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}
