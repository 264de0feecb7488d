package io.culvert.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.InboundSettings;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestCertificate;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A client that ends its stream before its request can be known is let go at once, whatever the transport. The deadline of
 * handshakes is the usual 60 s here, longer than any of these waits.
 */
class EndOfInputTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final TestCertificate CERTIFICATE = TestCertificate.of("in.test");

    private static InboundSettings vless() {
        return new InboundSettings.Vless(List.of(new InboundSettings.VlessUser(ID, 0, "")), false);
    }

    private static TransportSettings transport(String name) {
        return switch (name) {
            case "tcp" -> new TransportSettings.Raw();
            case "http" ->
                new TransportSettings.Raw(new TransportSettings.HttpDisguise(
                        "GET", "1.1", List.of("/"), Map.of(), "1.1", "200", "OK", Map.of()));
            case "ws" -> new TransportSettings.WebSocket("/", Map.of(), 0, "", true);
            case "httpupgrade" -> new TransportSettings.HttpUpgrade("/", "", Map.of(), 0, "", true);
            case "h2" -> new TransportSettings.Http2(List.of(), "/", "PUT", Map.of(), true);
            default -> new TransportSettings.Grpc("tun", false, "");
        };
    }

    private static SecuritySettings security(boolean tls) {
        return tls
                ? new SecuritySettings.Tls(null, List.of(), false, false, false, List.of(CERTIFICATE.served()))
                : new SecuritySettings.None();
    }

    /** What a client of the transport would begin with. */
    private static String opening(String transport) {
        return switch (transport) {
            case "h2", "grpc" -> "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
            case "tcp" -> "\0";
            default -> "GET / HTTP/1.1\r\n";
        };
    }

    @ParameterizedTest
    @CsvSource({
        "tcp, false",
        "http, false",
        "ws, false",
        "httpupgrade, false",
        "h2, false",
        "grpc, false",
        "tcp, true",
        "http, true",
        "ws, true",
        "httpupgrade, true",
        "h2, true",
        "grpc, true",
    })
    void endsTheConnection(String transport, boolean tls) throws Exception {
        int port = NodeRig.freePort();
        StreamConfig stream = new StreamConfig(transport(transport), security(tls), StreamConfig.SockoptConfig.DEFAULT);
        try (NodeRig node = new NodeRig.Builder()
                .inbound("in", "127.0.0.1", port, vless(), stream)
                .start()) {
            byte[] opening = opening(transport).getBytes(StandardCharsets.US_ASCII);
            for (int sent : new int[] {0, 1, 3, opening.length}) {
                Peer peer = node.connect(port);
                Peer client = tls ? shakeHands(peer, transport) : peer;
                client.send(Arrays.copyOf(opening, Math.min(sent, opening.length)));
                client.finish();
                client.readToEnd();
                node.awaitQuiet();
            }
            // A FIN in the middle of nothing, and a reset.
            Peer silent = node.connect(port);
            silent.finish();
            assertThat(silent.readToEnd().clean()).isTrue();
            node.connect(port).reset();
            node.awaitQuiet();
        }
    }

    private static Peer shakeHands(Peer peer, String transport) throws IOException {
        boolean http2 = transport.equals("h2") || transport.equals("grpc");
        return peer.startTls(
                CERTIFICATE.java(),
                true,
                "in.test",
                new String[] {"TLSv1.3"},
                http2 ? new String[] {"h2"} : new String[] {"http/1.1"});
    }

    @Test
    void endsTheConnectionOfAUnixSocket(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("in.sock");
        StreamConfig stream = new StreamConfig(
                new TransportSettings.DomainSocket(path.toString(), false, false),
                new SecuritySettings.None(),
                StreamConfig.SockoptConfig.DEFAULT);
        try (NodeRig node = new NodeRig.Builder()
                        .nativeTransport(true)
                        .inbound("in", "127.0.0.1", 0, vless(), stream)
                        .start();
                SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(path));
            client.write(ByteBuffer.wrap(new byte[1]));
            client.shutdownOutput();
            assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            node.awaitQuiet();
        }
    }
}
