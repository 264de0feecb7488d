package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.HttpOrigin;
import io.culvert.it.harness.Namespace;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Peers;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client from another host may reach through a Culvert: not the host itself, nor what is beside it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AddressGuardIT {
    private final int socks = Ports.free();
    private final int trusting = Ports.free();
    private final int fixed = Ports.free();
    private final int elsewhere = Ports.free();
    private final Namespace namespace = Namespace.create();
    private final HttpOrigin origin = new HttpOrigin(InetAddress.ofLiteral("0.0.0.0"));
    private final ProxyNode node;

    AddressGuardIT() {
        try {
            node = start();
        } catch (AssertionError e) {
            namespace.close();
            throw e;
        }
    }

    private ProxyNode start() {
        String listen = namespace.hostAddress();
        String target = "{address: '127.0.0.1', port: %d}".formatted(origin.port());
        return ProxyNode.start(
                Program.CULVERT,
                new NodeConfig()
                        .inbound("socks", listen, socks, "socks", "{auth: 'noauth', udp: true}", "{}")
                        .inbound("trusting", listen, trusting, "socks", "{auth: 'noauth'}", "{}")
                        .inbound("fixed", listen, fixed, "dokodemo-door", target, "{}")
                        .inbound("elsewhere", listen, elsewhere, "socks", "{auth: 'noauth'}", "{}")
                        .outbound("free", "freedom", "{}")
                        .outbound("private", "freedom", "{allowPrivate: true}")
                        .outbound("redirect", "freedom", "{redirect: '127.0.0.1:%d'}".formatted(origin.port()))
                        .route("trusting", "private")
                        .route("elsewhere", "redirect"));
    }

    @AfterAll
    void stop() {
        try (namespace;
                origin;
                node) {
            node.expectCleanLog();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.1.2.3",
                "localhost",
                "LOCALHOST",
                "0.0.0.0",
                "[::1]",
                "[::]",
                "[::ffff:127.0.0.1]",
                "[64:ff9b::7f00:1]",
                "HOST",
                "169.254.169.254",
                "192.168.0.1",
                "100.64.0.1",
            })
    void a_client_of_another_host_does_not_reach(String host) {
        int served = origin.served();
        String named = host.equals("HOST") ? namespace.hostAddress() : host;
        Peers.Result result = curl("--socks5-hostname", socks, "http://%s:%d/".formatted(named, origin.port()));
        assertThat(result.exitCode()).isNotZero();
        assertThat(origin.served()).isEqualTo(served);
    }

    @Test
    void unless_the_operator_allows_private_addresses() {
        Peers.Result result = curl("--socks5-hostname", trusting, origin.url("/private"));
        assertThat(result.output()).isEqualTo("GET /private 0");
    }

    @Test
    void nor_does_the_guard_stand_before_what_the_operator_wrote() {
        String direct = "http://%s:%d/fixed".formatted(namespace.hostAddress(), fixed);
        assertThat(namespace.run(List.of(curlPath(), "-sS", "-m", "5", direct)).output())
                .isEqualTo("GET /fixed 0");
        assertThat(curl("--socks5-hostname", elsewhere, "http://any.example/redirected")
                        .output())
                .isEqualTo("GET /redirected 0");
    }

    private Peers.Result curl(String kind, int proxy, String url) {
        List<String> command = new ArrayList<>(List.of(curlPath(), "-sS", "-m", "5", "--noproxy", ""));
        command.addAll(List.of(kind, namespace.hostAddress() + ":" + proxy, url));
        return namespace.run(command);
    }

    private static String curlPath() {
        return Peers.require("curl").toString();
    }
}
