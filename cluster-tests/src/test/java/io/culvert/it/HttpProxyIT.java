package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.it.harness.Clients;
import io.culvert.it.harness.Clients.Login;
import io.culvert.it.harness.HttpOrigin;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Peers;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP inbound with curl and with clients that count every byte. */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
class HttpProxyIT {
    private static final Login GOOD = new Login("user", "pass:word");
    private static final Duration WITHIN = Duration.ofSeconds(20);

    /** The processes and targets of one program. */
    static final class Setup implements AutoCloseable {
        final HttpOrigin origin = new HttpOrigin();
        final TcpTarget echo = TcpTarget.xorEcho();
        final int dead = Ports.free();
        final int open = Ports.free();
        final int locked = Ports.free();
        final ProxyNode node;

        Setup(Program program) {
            node = ProxyNode.start(
                    program,
                    new NodeConfig()
                            .inbound("open", open, "http", "{}")
                            .inbound("locked", locked, "http", "{accounts: [{user: 'user', pass: 'pass:word'}]}")
                            .outbound("free", "freedom", "{}"));
        }

        String curl(int proxy, String... more) {
            List<String> command = new ArrayList<>(List.of(
                    Peers.require("curl").toString(),
                    "-sS",
                    "--noproxy",
                    "",
                    "-m",
                    "15",
                    "-x",
                    "http://127.0.0.1:" + proxy));
            command.addAll(List.of(more));
            return Peers.run(WITHIN, command).output();
        }

        @Override
        public void close() {
            try (origin;
                    echo;
                    node) {
                node.expectCleanLog();
            }
        }
    }

    static Stream<Named<Setup>> setups() {
        return Program.chosen().map(program -> Named.of(program.toString(), new Setup(program)));
    }

    private final Setup setup;

    HttpProxyIT(Setup setup) {
        this.setup = setup;
    }

    @Test
    void a_plain_request_reaches_its_origin() {
        assertThat(setup.curl(setup.open, setup.origin.url("/home"))).isEqualTo("GET /home 0");
    }

    @Test
    void a_body_is_posted_whole() {
        String body = "b".repeat(300_000);
        assertThat(setup.curl(setup.open, "-d", body.substring(0, 100_000), setup.origin.url("/post")))
                .isEqualTo("POST /post 100000");
        assertThat(setup.curl(
                        setup.open,
                        "-H",
                        "Transfer-Encoding: chunked",
                        "-d",
                        body.substring(0, 70_000),
                        setup.origin.url("/chunked")))
                .isEqualTo("POST /chunked 70000");
    }

    @Test
    void a_tunnel_by_connect() {
        assertThat(setup.curl(setup.open, "-p", setup.origin.url("/tunnel"))).isEqualTo("GET /tunnel 0");
    }

    @Test
    void connect_moves_every_byte() {
        XorExchange.run(
                () -> Clients.httpConnect(setup.open, "127.0.0.1", setup.echo.port(), null), 10, 1 << 20, WITHIN);
    }

    @Test
    void bytes_behind_the_head_of_connect_belong_to_the_tunnel() throws IOException {
        try (Socket socket = Clients.connect(setup.open)) {
            String head =
                    "CONNECT 127.0.0.1:%1$d HTTP/1.1\r\nHost: 127.0.0.1:%1$d\r\n\r\nxyz".formatted(setup.echo.port());
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            assertThat(Clients.httpHead(socket.getInputStream())).startsWith("HTTP/1.1 200 ");
            assertThat(Clients.exactly(socket.getInputStream(), 3))
                    .containsExactly('x' ^ Payload.XOR, 'y' ^ Payload.XOR, 'z' ^ Payload.XOR);
        }
    }

    @Test
    void a_dead_origin_is_503() {
        String url = "http://127.0.0.1:" + setup.dead + "/";
        assertThat(setup.curl(setup.open, "-o", "/dev/null", "-w", "%{http_code}", url))
                .isEqualTo("503");
    }

    @Test
    void a_password_is_asked_for() {
        String[] status = {"-o", "/dev/null", "-w", "%{http_code}", setup.origin.url("/secret")};
        int served = setup.origin.served();
        assertThat(setup.curl(setup.locked, status)).isEqualTo("407");
        assertThat(setup.curl(setup.locked, with(status, "-U", "user:guess"))).isEqualTo("407");
        assertThat(setup.origin.served()).isEqualTo(served);
        assertThat(setup.curl(setup.locked, with(status, "-U", "user:pass:word")))
                .isEqualTo("200");
        assertThatThrownBy(() -> Clients.httpConnect(setup.locked, "127.0.0.1", setup.echo.port(), null))
                .isInstanceOf(ConnectException.class)
                .hasMessage("HTTP/1.1 407 Proxy Authentication Required");
        XorExchange.run(
                () -> Clients.httpConnect(setup.locked, "127.0.0.1", setup.echo.port(), GOOD), 2, 100_000, WITHIN);
    }

    @Test
    void the_answer_to_a_missing_password_is_v2rays_to_the_byte() throws IOException {
        try (Socket socket = Clients.connect(setup.locked)) {
            socket.getOutputStream()
                    .write("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo(
                            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\n\r\n");
        }
    }

    @Test
    void a_connection_serves_several_requests() throws IOException {
        int connections = setup.node.openSockets();
        try (Socket socket = Clients.connect(setup.open)) {
            for (String path : List.of("/one", "/two", "/three")) {
                String request = "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nProxy-Connection: keep-alive\r\n\r\n"
                        .formatted(setup.origin.url(path), setup.origin.port());
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                String head = Clients.httpHead(socket.getInputStream());
                assertThat(head)
                        .startsWith("HTTP/1.1 200 ")
                        .containsIgnoringCase("\r\nproxy-connection: keep-alive\r\n");
                String body = "GET " + path + " 0";
                assertThat(new String(
                                Clients.exactly(socket.getInputStream(), body.length()), StandardCharsets.US_ASCII))
                        .isEqualTo(body);
            }
        }
        setup.node.expectSocketsBackTo(connections, WITHIN);
    }

    @Test
    void headers_of_the_hop_do_not_reach_the_origin() {
        setup.curl(
                setup.open,
                "-H",
                "Connection: keep-alive, X-Private",
                "-H",
                "X-Private: 1",
                "-H",
                "X-Public: 2",
                "-H",
                "TE: trailers",
                setup.origin.url("/headers"));
        assertThat(setup.origin.lastHeaders())
                .containsKey("x-public")
                .doesNotContainKeys("x-private", "te", "proxy-connection", "proxy-authorization", "keep-alive");
    }

    @Test
    void a_request_in_origin_form_is_400() throws IOException {
        assertThat(answer("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0016\u0003\u0001\u0000\u0010 not a head", "\r\n\r\n\r\n"})
    void what_is_not_http_opens_nothing(String bytes) throws IOException {
        int served = setup.origin.served();
        try (Socket socket = Clients.connect(setup.open)) {
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .doesNotContain(" 200 ");
        } catch (java.net.SocketException _) {
            // A reset is no answer either.
        }
        assertThat(setup.origin.served()).isEqualTo(served);
    }

    private String answer(String request) throws IOException {
        try (Socket socket = Clients.connect(setup.open)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String head = Clients.httpHead(socket.getInputStream());
            Streams.expectEnd(socket.getInputStream());
            return head;
        }
    }

    private static String[] with(String[] arguments, String... first) {
        return Stream.concat(Stream.of(first), Stream.of(arguments)).toArray(String[]::new);
    }
}
