package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The start and the end of a Culvert process. */
class NodeLifeIT {
    private static final String SECRET = "b831381d-6324-4d53-ad4f-8cda48b30811";

    @Test
    void says_that_it_has_started_and_leaves_by_sigterm() {
        int port = Ports.free();
        try (ProxyNode node = ProxyNode.start(Program.CULVERT, socks(port))) {
            assertThat(node.log()).containsPattern("culvert \\S+ .*started in ");
            assertThat(node.terminate()).isZero();
            assertThat(Ports.listening()).doesNotContain(port);
            node.expectCleanLog();
        }
    }

    @Test
    void a_session_may_end_by_itself_after_sigterm() throws IOException {
        int port = Ports.free();
        Payload payload = new Payload(21);
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.start(Program.CULVERT, socks(port));
                Socket socket = Clients.socks5(port, "127.0.0.1", echo.port(), null)) {
            Streams.send(socket.getOutputStream(), payload, 1_000);
            Streams.expect(socket.getInputStream(), payload, 1_000, Payload.XOR);
            Thread stopping = Thread.ofVirtual().start(node::terminate);
            Await.until(
                    Duration.ofSeconds(10),
                    () -> "still listening on " + port,
                    () -> !Ports.listening().contains(port));
            Streams.send(socket.getOutputStream(), payload, 1_000);
            Streams.expect(socket.getInputStream(), payload, 1_000, Payload.XOR);
            socket.shutdownOutput();
            Streams.expectEnd(socket.getInputStream());
            Await.until(Duration.ofSeconds(10), () -> "still running\n" + node.log(), () -> !node.isAlive());
            assertThat(stopping.isInterrupted()).isFalse();
            node.expectCleanLog();
        }
    }

    @Test
    void the_log_holds_no_secret() throws IOException {
        int port = Ports.free();
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .section("log", "{loglevel: 'debug'}")
                                .inbound("vmess", Ports.free(), "vmess", "{clients: [{id: '" + SECRET + "'}]}")
                                .inbound(
                                        "locked",
                                        port,
                                        "socks",
                                        "{auth: 'password', accounts: [{user: 'user', pass: 'canary-in-the-log'}]}")
                                .outbound("free", "freedom", "{}"))) {
            Clients.Login login = new Clients.Login("user", "canary-in-the-log");
            try (Socket socket = Clients.socks5(port, "127.0.0.1", echo.port(), login)) {
                socket.getOutputStream().write(1);
                assertThat(socket.getInputStream().read()).isEqualTo(1 ^ Payload.XOR);
            }
            for (String secret : Set.of(SECRET, SECRET.replace("-", ""), "canary-in-the-log")) {
                assertThat(node.log()).doesNotContainIgnoringCase(secret);
            }
            node.expectCleanLog();
        }
    }

    private static NodeConfig socks(int port) {
        return new NodeConfig()
                .inbound("socks", port, "socks", "{auth: 'noauth'}")
                .outbound("free", "freedom", "{}");
    }
}
