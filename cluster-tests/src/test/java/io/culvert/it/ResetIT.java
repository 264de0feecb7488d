package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Certificates;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProtocolCase;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A target that breaks its connection off. V2Ray as the server is left out: on plain TCP it does not notice a reset at all
 * until its idle timer, so there is no behaviour to compare with. For the same reason a Culvert must not end the session of a
 * VMess or VLESS client on plain TCP by a reset: that client would hang.
 */
class ResetIT {
    private static final int ECHOED = 64 * 1024;
    private static final Payload PAYLOAD = new Payload(11);
    private static final Duration WITHIN = Duration.ofSeconds(10);

    /** What is between the two nodes. */
    record Leg(ProtocolCase protocol, boolean tls) {
        @Override
        public String toString() {
            return protocol + (tls ? " over TLS" : "");
        }
    }

    private static final List<Leg> LEGS = Stream.of(
                    ProtocolCase.VMESS_AES_128_GCM,
                    ProtocolCase.VMESS_LEGACY_NONE,
                    ProtocolCase.VLESS,
                    ProtocolCase.SOCKS,
                    ProtocolCase.HTTP)
            .flatMap(protocol -> Stream.of(new Leg(protocol, false), new Leg(protocol, true)))
            .toList();

    static Stream<Pair> pairs() {
        return Pair.toCulvert();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void the_client_behind_a_pair_sees_an_end(Pair pair) {
        NodeConfig serverConfig = new NodeConfig().outbound("free", "freedom", "{}");
        NodeConfig clientConfig = new NodeConfig();
        Map<Leg, Integer> entrances = new HashMap<>();
        try (Certificates certificates = Certificates.create();
                TcpTarget target = TcpTarget.resetsAfter(ECHOED)) {
            for (Leg leg : LEGS) {
                ProtocolCase protocol = leg.protocol;
                String tag = leg.toString();
                String serverStream = leg.tls ? certificates.serverStream(protocol.alpn()) : "{}";
                String clientStream = leg.tls ? certificates.clientStream(protocol.alpn()) : "{}";
                int port = Ports.free();
                int entrance = Ports.free();
                if (endsWithTheSession(pair, leg)) {
                    entrances.put(leg, entrance);
                }
                serverConfig.inbound(tag, "127.0.0.1", port, protocol.protocol(), protocol.inbound(), serverStream);
                clientConfig
                        .inbound("to " + tag, entrance, "dokodemo-door", to(target))
                        .outbound(tag, protocol.protocol(), protocol.outbound("127.0.0.1", port), clientStream)
                        .route("to " + tag, tag);
            }
            try (ProxyNode server = ProxyNode.start(pair.server(), serverConfig);
                    ProxyNode client = ProxyNode.start(pair.client(), clientConfig)) {
                List<Runnable> sessions = new ArrayList<>();
                entrances.forEach(
                        (leg, entrance) -> sessions.add(XorExchange.named(leg, () -> expectExchangeAndEnd(entrance))));
                XorExchange.atOnce(sessions, WITHIN.multipliedBy(2));
                server.expectCleanLog();
                client.expectCleanLog();
            }
        }
    }

    private static void expectExchangeAndEnd(int entrance) throws IOException {
        try (Socket socket = Clients.connect(entrance)) {
            exchange(socket);
            Streams.expectEnd(socket.getInputStream());
        } catch (SocketException _) {
            // A reset is the better end.
        }
    }

    /**
     * Whether the client's node can notice that the session is over. To a SOCKS or an HTTP client on plain TCP a Culvert says so
     * by a reset, since it cannot tell an application, which needs it, from a V2Ray, which does not notice it.
     */
    private static boolean endsWithTheSession(Pair pair, Leg leg) {
        return pair.client() == Program.CULVERT || leg.tls || leg.protocol.datagramsInStream();
    }

    /** The protocols that applications speak, to which a reset can be passed on as it is. */
    enum Entrance {
        DOKODEMO,
        SOCKS,
        HTTP
    }

    @ParameterizedTest
    @EnumSource
    void an_application_sees_the_reset_itself(Entrance entrance) throws IOException {
        int port = Ports.free();
        try (TcpTarget target = TcpTarget.resetsAfter(ECHOED);
                ProxyNode node = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .inbound(
                                        "in",
                                        port,
                                        switch (entrance) {
                                            case DOKODEMO -> "dokodemo-door";
                                            case SOCKS -> "socks";
                                            case HTTP -> "http";
                                        },
                                        entrance == Entrance.DOKODEMO ? to(target) : "{}")
                                .outbound("free", "freedom", "{}"));
                Socket socket = switch (entrance) {
                    case DOKODEMO -> Clients.connect(port);
                    case SOCKS -> Clients.socks5(port, "127.0.0.1", target.port(), null);
                    case HTTP -> Clients.httpConnect(port, "127.0.0.1", target.port(), null);
                }) {
            exchange(socket);
            // A clean end would make a truncated download look complete.
            Assertions.assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            node.expectCleanLog();
        }
    }

    @Test
    void neither_side_takes_the_death_of_the_process_for_an_end() throws IOException {
        int port = Ports.free();
        CompletableFuture<Boolean> targetSawAnEnd = new CompletableFuture<>();
        TcpTarget.Manner reading = (_, connection) -> {
            connection.getOutputStream().write(connection.getInputStream().readNBytes(ECHOED));
            try {
                targetSawAnEnd.complete(connection.getInputStream().read() < 0);
            } catch (SocketException reset) {
                targetSawAnEnd.complete(!String.valueOf(reset.getMessage()).contains("reset"));
            }
        };
        try (TcpTarget target = new TcpTarget(reading);
                ProxyNode node = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .inbound("in", port, "dokodemo-door", to(target))
                                .outbound("free", "freedom", "{}"));
                Socket socket = Clients.connect(port)) {
            Streams.send(socket.getOutputStream(), PAYLOAD, ECHOED);
            Streams.expect(socket.getInputStream(), PAYLOAD, ECHOED, (byte) 0);
            node.kill();
            Assertions.assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            assertThat(targetSawAnEnd).succeedsWithin(WITHIN).isEqualTo(false);
        }
    }

    @Test
    void a_reset_of_the_client_frees_both_sockets() throws IOException {
        int port = Ports.free();
        try (TcpTarget echo = TcpTarget.xorEcho();
                ProxyNode node = ProxyNode.start(
                        Program.CULVERT,
                        new NodeConfig()
                                .inbound("in", port, "dokodemo-door", to(echo))
                                .outbound("free", "freedom", "{}"))) {
            int before = node.openSockets();
            for (int i = 0; i < 20; i++) {
                try (Socket socket = Clients.connect(port)) {
                    exchange(socket);
                    socket.setSoLinger(true, 0);
                }
            }
            node.expectSocketsBackTo(before, WITHIN);
            assertThat(echo.accepted()).isEqualTo(20);
            node.expectCleanLog();
        }
    }

    private static void exchange(Socket socket) throws IOException {
        socket.setSoTimeout((int) WITHIN.toMillis());
        Streams.send(socket.getOutputStream(), PAYLOAD, ECHOED);
        Streams.expect(socket.getInputStream(), PAYLOAD, ECHOED, Payload.XOR);
    }

    private static String to(TcpTarget target) {
        return "{address: '127.0.0.1', port: %d}".formatted(target.port());
    }
}
