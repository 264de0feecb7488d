package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.it.harness.Clients;
import io.culvert.it.harness.Clients.Login;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The SOCKS inbound with clients of every version. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class SocksIT {
    private static final Login GOOD = new Login("user", "password");
    private static final Duration WITHIN = Duration.ofSeconds(20);
    private static final String HOST = "127.0.0.1";

    /** The processes and targets of one program. */
    static final class Setup implements AutoCloseable {
        final TcpTarget echo = TcpTarget.xorEcho();
        final UdpTarget udpEcho = new UdpTarget();
        final int open = Ports.free();
        final int locked = Ports.free();
        final int withoutUdp = Ports.free();
        final ProxyNode node;

        Setup(Program program) {
            node = ProxyNode.start(
                    program,
                    new NodeConfig()
                            .inbound("open", open, "socks", "{auth: 'noauth', udp: true}")
                            .inbound(
                                    "locked",
                                    locked,
                                    "socks",
                                    "{auth: 'password', udp: true, accounts: [{user: 'user', pass: 'password'}]}")
                            .inbound("without udp", withoutUdp, "socks", "{auth: 'noauth'}")
                            .outbound("free", "freedom", "{}"));
        }

        @Override
        public void close() {
            try (echo;
                    udpEcho;
                    node) {
                node.expectCleanLog();
            }
        }
    }

    static Stream<Named<Setup>> setups() {
        return Program.chosen().map(it -> Named.of(it.toString(), new Setup(it)));
    }

    private final Setup setup;

    SocksIT(Setup setup) {
        this.setup = setup;
    }

    @Test
    void socks5_by_address_and_by_domain() {
        XorExchange.run(() -> Clients.socks5(setup.open, HOST, setup.echo.port(), null), 4, 1 << 20, WITHIN);
        XorExchange.run(() -> Clients.socks5(setup.open, "localhost", setup.echo.port(), null), 4, 1 << 20, WITHIN);
    }

    @Test
    void socks5_with_a_password() {
        XorExchange.run(() -> Clients.socks5(setup.locked, HOST, setup.echo.port(), GOOD), 4, 1 << 20, WITHIN);
    }

    @Test
    void socks5_without_the_password_is_refused() {
        int accepted = setup.echo.accepted();
        assertThatThrownBy(() -> Clients.socks5(setup.locked, HOST, setup.echo.port(), null))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Clients.socks5(setup.locked, HOST, setup.echo.port(), new Login("user", "guess")))
                .isInstanceOf(IOException.class);
        assertThat(setup.echo.accepted()).isEqualTo(accepted);
    }

    @Test
    void socks4_and_4a() {
        XorExchange.run(() -> Clients.socks4(setup.open, HOST, setup.echo.port()), 2, 1 << 20, WITHIN);
        XorExchange.run(() -> Clients.socks4(setup.open, "localhost", setup.echo.port()), 2, 1 << 20, WITHIN);
    }

    @Test
    void socks4_is_refused_where_a_password_is_asked_for() {
        assertThatThrownBy(() -> Clients.socks4(setup.locked, HOST, setup.echo.port()))
                .isInstanceOf(IOException.class);
    }

    @Test
    void datagrams_of_an_association() throws IOException {
        try (UdpClient client = UdpClient.socks5(setup.open, HOST, setup.udpEcho.port(), null)) {
            client.expectXorEcho(10, 1_024);
            client.expectXorEcho(1, 1_400);
        }
        try (UdpClient client = UdpClient.socks5(setup.locked, HOST, setup.udpEcho.port(), GOOD)) {
            client.expectXorEcho(3, 512);
        }
    }

    @Test
    void no_association_without_udp() {
        assertThatThrownBy(() -> UdpClient.socks5(setup.withoutUdp, HOST, setup.udpEcho.port(), null))
                .isInstanceOf(IOException.class);
    }

    @Test
    void an_unknown_version_is_closed_without_an_answer() throws IOException {
        try (Socket socket = Clients.connect(setup.open)) {
            socket.getOutputStream().write(new byte[] {6, 1, 0});
            assertThat(socket.getInputStream().readAllBytes()).isEmpty();
        } catch (java.net.SocketException _) {
            // A reset is no answer either.
        }
    }
}
