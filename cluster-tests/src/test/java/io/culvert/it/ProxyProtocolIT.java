package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The PROXY protocol in front of an inbound; there is no client of it to borrow, so the tests write the header. */
class ProxyProtocolIT {
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final byte[] TEXT =
            "PROXY TCP4 198.51.100.7 192.0.2.2 50123 443\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BINARY =
            HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111000c" + "c6336407" + "c0000202" + "c3cb" + "01bb");

    @ParameterizedTest
    @EnumSource(Program.class)
    void the_header_names_the_client(Program program) {
        int port = Ports.free();
        try (TcpTarget target = TcpTarget.xorEcho();
                ProxyNode node = start(program, port, target, "{tcpSettings: {acceptProxyProtocol: true}}")) {
            for (byte[] header : new byte[][] {TEXT, BINARY}) {
                XorExchange.run(() -> dial(port, header), 4, 1 << 20, WITHIN);
            }
            node.expectInLog("198.51.100.7:50123");
            node.expectCleanLog();
        }
    }

    @ParameterizedTest
    @EnumSource(Program.class)
    void the_header_comes_before_tls(Program program) throws GeneralSecurityException {
        int port = Ports.free();
        try (Certificates certificates = Certificates.create();
                TcpTarget target = TcpTarget.xorEcho();
                ProxyNode node = start(
                        program,
                        port,
                        target,
                        certificates
                                .serverStream("")
                                .replace("network: 'tcp'", "tcpSettings: {acceptProxyProtocol: true}"))) {
            SSLContext trusting = SSLContext.getInstance("TLS");
            trusting.init(null, new TrustManager[] {new TrustsAll()}, null);
            XorExchange.run(
                    () -> trusting.getSocketFactory().createSocket(dial(port, BINARY), Certificates.NAME, port, true),
                    4,
                    1 << 20,
                    WITHIN);
            node.expectInLog("198.51.100.7:50123");
            node.expectCleanLog();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 example.org 1.2.3.4 1 2\r\n", "\r\n\r\n\0\r\nQUITX"})
    void without_a_valid_header_nothing_is_served(String begin) throws IOException {
        int port = Ports.free();
        try (TcpTarget target = TcpTarget.xorEcho();
                ProxyNode node = start(Program.CULVERT, port, target, "{sockopt: {acceptProxyProtocol: true}}");
                Socket socket = dial(port, begin.getBytes(StandardCharsets.US_ASCII))) {
            socket.setSoTimeout((int) WITHIN.toMillis());
            assertThat(endOf(socket)).isEqualTo(-1);
            node.expectCleanLog();
        }
    }

    /** A reset is an end as well: what was sent has not been read to its end. */
    private static int endOf(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (SocketException _) {
            return -1;
        }
    }

    private static ProxyNode start(Program program, int port, TcpTarget target, String stream) {
        return ProxyNode.start(
                program,
                new NodeConfig()
                        .section("log", "{access: '', loglevel: 'warning'}")
                        .inbound(
                                "in",
                                "127.0.0.1",
                                port,
                                "dokodemo-door",
                                "{address: '127.0.0.1', port: " + target.port() + "}",
                                stream)
                        .outbound("free", "freedom", "{}"));
    }

    private static Socket dial(int port, byte[] header) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.getOutputStream().write(header);
        return socket;
    }
}
