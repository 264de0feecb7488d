package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Clients;
import io.culvert.it.harness.Clients.Login;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import java.io.IOException;
import java.net.Socket;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** First match wins: every outbound leads to a target that says its own name, so that the route shows. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class RoutingIT {

    /** The processes and targets of one program. */
    static final class Setup implements AutoCloseable {
        final TcpTarget first = TcpTarget.speaksFirst("A");
        final TcpTarget second = TcpTarget.speaksFirst("B");
        final TcpTarget fallback = TcpTarget.speaksFirst("D");
        final int socks = Ports.free();
        final int tagged = Ports.free();
        final ProxyNode node;

        Setup(Program program) {
            NodeConfig config = new NodeConfig()
                    .inbound(
                            "users",
                            socks,
                            "socks",
                            "{auth: 'password', accounts: [{user: 'alice', pass: 'a'}, {user: 'bob', pass: 'b'}, {user: 'carol', pass: 'c'}]}")
                    .inbound("tagged", tagged, "socks", "{auth: 'noauth'}")
                    .outbound("default", "freedom", to(fallback))
                    .outbound("first", "freedom", to(first))
                    .outbound("second", "freedom", to(second))
                    .rule("{inboundTag: ['tagged'], port: '7000-7009', outboundTag: 'first'}")
                    .rule("{inboundTag: ['tagged'], outboundTag: 'second'}")
                    .rule("{user: ['alice'], outboundTag: 'first'}")
                    .rule("{user: ['bob'], port: '53,8000-8010', outboundTag: 'second'}")
                    .rule("{domain: ['full:exact.example'], outboundTag: 'first'}")
                    .rule("{domain: ['domain:below.example'], outboundTag: 'second'}")
                    .rule("{domain: ['regexp:^r[0-9]+\\\\.example$'], outboundTag: 'first'}")
                    .rule("{domain: ['keyword:needle'], outboundTag: 'second'}")
                    .rule("{ip: ['198.51.100.0/24', '2001:db8::/32'], outboundTag: 'first'}")
                    .rule("{network: 'tcp', port: 4444, outboundTag: 'second'}")
                    .rule("{source: ['127.0.0.1'], port: 5555, outboundTag: 'first'}");
            node = ProxyNode.start(program, config);
        }

        @Override
        public void close() {
            try (first;
                    second;
                    fallback;
                    node) {
                node.expectCleanLog();
            }
        }
    }

    static Stream<Named<Setup>> setups() {
        return Program.chosen().map(it -> Named.of(it.toString(), new Setup(it)));
    }

    private final Setup setup;

    RoutingIT(Setup setup) {
        this.setup = setup;
    }

    @ParameterizedTest
    @CsvSource({
        "alice, anything.example, 80, A",
        "bob, anything.example, 80, D",
        "bob, anything.example, 53, B",
        "bob, anything.example, 8005, B",
        "bob, anything.example, 8011, D",
        "carol, exact.example, 80, A",
        "carol, not.exact.example, 80, D",
        "carol, below.example, 80, B",
        "carol, far.below.example, 80, B",
        "carol, notbelow.example, 80, D",
        "carol, r2.example, 80, A",
        "carol, r.example, 80, D",
        "carol, haystackneedlehay.example, 80, B",
        "carol, 198.51.100.7, 80, A",
        "carol, 198.51.101.7, 80, D",
        "carol, 2001:db8::1, 80, A",
        "carol, other.example, 4444, B",
        "carol, other.example, 5555, A",
        "carol, other.example, 80, D",
    })
    void by_user_domain_address_and_port(String user, String host, int port, String route) throws IOException {
        assertThat(route(setup.socks, host, port, new Login(user, user.substring(0, 1))))
                .isEqualTo(route);
    }

    @Test
    void all_conditions_of_a_rule_must_hold() throws IOException {
        assertThat(route(setup.tagged, "any.example", 7005, null)).isEqualTo("A");
        assertThat(route(setup.tagged, "any.example", 7010, null)).isEqualTo("B");
    }

    private static String route(int proxy, String host, int port, @Nullable Login login) throws IOException {
        try (Socket socket = Clients.socks5(proxy, host, port, login)) {
            return Character.toString(socket.getInputStream().read());
        }
    }

    private static String to(TcpTarget target) {
        return "{redirect: '127.0.0.1:" + target.port() + "'}";
    }
}
