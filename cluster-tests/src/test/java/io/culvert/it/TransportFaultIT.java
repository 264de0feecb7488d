package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.TransportCase;
import io.culvert.it.harness.TransportLegs;
import io.culvert.it.harness.TransportLegs.Leg;
import io.culvert.it.harness.XorExchange;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Killed peers and bytes of strangers, on every transport of a pair at once. */
class TransportFaultIT {
    private static final Duration AT_ONCE = Duration.ofSeconds(8);
    /** A peer over UDP that is gone is noticed by its silence: after 30 s on mKCP, 30 or 45 s on QUIC. */
    private static final Duration BY_SILENCE = Duration.ofSeconds(70);

    private static final Duration HANDSHAKE = Duration.ofSeconds(4);
    private static final Duration CLOSED_WITHIN = Duration.ofSeconds(30);
    private static final Payload PAYLOAD = new Payload(4);
    private static final int BYTES = 50_000;

    static Stream<Pair> pairs() {
        return Pair.all();
    }

    static Stream<Program> programs() {
        return Program.chosen();
    }

    /** Two pairs of processes of one kind: one will lose its server, the other its client. */
    private record Doomed(TcpTarget echo, TransportLegs legs, Map<Leg, Socket> sockets) implements AutoCloseable {

        static Doomed start(Pair pair) throws IOException {
            TcpTarget echo = TcpTarget.xorEcho();
            TransportLegs legs = new TransportLegs(pair, "{}", List.of(echo));
            Map<Leg, Socket> sockets = new LinkedHashMap<>();
            for (Leg leg : legs.present()) {
                sockets.put(leg, legs.connect(leg, echo));
            }
            XorExchange.atOnce(
                    sockets.entrySet().stream()
                            .map(one -> XorExchange.named(one.getKey(), () -> exchange(one.getValue())))
                            .toList(),
                    CLOSED_WITHIN);
            return new Doomed(echo, legs, sockets);
        }

        private long overTcp() {
            return sockets.keySet().stream()
                    .filter(leg -> !leg.transport().isOverUdp())
                    .count();
        }

        @Override
        public void close() {
            try (echo;
                    legs) {
                for (Socket socket : sockets.values()) {
                    socket.close();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void a_killed_peer_ends_every_session(Pair pair) throws IOException {
        try (Doomed server = Doomed.start(pair);
                Doomed client = Doomed.start(pair)) {
            assertThat(client.echo.ended()).isZero();
            server.legs.server().kill();
            client.legs.client().kill();
            List<Runnable> ends = new ArrayList<>();
            server.sockets.forEach((leg, socket) -> {
                boolean over = pair.client() == Program.CULVERT || leg.transport() != TransportCase.HTTP2;
                if (over) { // V2Ray's own HTTP/2 client does not look whether its connection is alive
                    ends.add(XorExchange.named(leg, () -> expectOver(leg, socket)));
                }
            });
            ends.add(() -> {
                Await.until(AT_ONCE, client.echo::toString, () -> client.echo.ended() >= client.overTcp());
                Await.until(BY_SILENCE, client.echo::toString, () -> client.echo.ended() == client.sockets.size());
            });
            XorExchange.atOnce(ends, BY_SILENCE.plus(AT_ONCE));
        }
    }

    private static void expectOver(Leg leg, Socket socket) throws IOException {
        Duration within = leg.transport().isOverUdp() ? BY_SILENCE : AT_ONCE;
        socket.setSoTimeout((int) within.toMillis());
        try {
            Streams.expectEnd(socket.getInputStream());
        } catch (SocketException _) {
            // A reset is an end too.
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void bytes_of_strangers_are_closed_and_forgotten(Program program) throws IOException {
        try (TcpTarget echo = TcpTarget.xorEcho();
                TransportLegs legs = new TransportLegs(
                        new Pair(program, program), "{handshake: " + HANDSHAKE.toSeconds() + "}", List.of(echo))) {
            ProxyNode server = legs.server();
            int sockets = server.openSockets();
            long memory = server.residentKib();
            List<Runnable> probes = new ArrayList<>();
            for (Leg leg : legs.present()) {
                SocketAddress listener = legs.listener(leg);
                if (leg.transport().isOverUdp()) {
                    probes.add(XorExchange.named(leg, () -> flood(listener)));
                } else {
                    garbage()
                            .forEach(bytes -> probes.add(
                                    XorExchange.named(leg, () -> probe(listener, bytes, program == Program.CULVERT))));
                }
            }
            XorExchange.atOnce(probes, CLOSED_WITHIN.multipliedBy(2));
            if (program == Program.CULVERT) {
                server.expectSocketsBackTo(sockets, CLOSED_WITHIN);
                assertThat(server.residentKib() - memory).isLessThan(128 << 10);
            }
            assertThat(echo.accepted()).isZero();
            for (Leg leg : legs.present()) {
                try (Socket socket = legs.connect(leg, echo)) {
                    exchange(socket);
                }
            }
        }
    }

    /** What a stranger may send: noise, and the beginnings of what a listener could wait for. */
    private static Stream<byte[]> garbage() {
        return Stream.concat(
                Stream.of(1, 60, 5_000, 70_000).map(length -> new Payload(length).bytes(0, length)),
                Stream.of(
                                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                "POST /one HTTP/1.1\r\nHost: a\r\nX-Cut-",
                                "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
                                "GET /ws HTTP/1.1\r\nX: " + "y".repeat(20_000),
                                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0004\u0001\u0005\u0000\u0000\u0000\u0001abcd",
                                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")
                        .map(text -> text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** Sends bytes and, where that is asked, fails unless the listener closes the connection in time. */
    private static void probe(SocketAddress listener, byte[] bytes, boolean mustClose) throws IOException {
        try (SocketChannel channel = SocketChannel.open(listener)) {
            channel.write(ByteBuffer.wrap(bytes));
            ByteBuffer answer = ByteBuffer.allocate(4_096);
            while (mustClose && channel.read(answer) >= 0) {
                answer.clear();
            }
        } catch (SocketException _) {
            // A reset is an end too.
        } catch (IOException e) {
            // The same of a unix socket, which has no exception of its own.
            if (!String.valueOf(e.getMessage()).matches("Broken pipe|Connection reset.*")) {
                throw e;
            }
        }
    }

    private static void flood(SocketAddress listener) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 2_000; i++) {
                byte[] bytes = new Payload(i).bytes(0, 1 + i * 31 % 1_500);
                socket.send(new DatagramPacket(bytes, bytes.length, listener));
            }
        }
    }

    private static void exchange(Socket socket) throws IOException {
        Streams.send(socket.getOutputStream(), PAYLOAD, BYTES);
        Streams.expect(socket.getInputStream(), PAYLOAD, BYTES, Payload.XOR);
    }
}
