package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Leg;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.TransportCase.Kind;
import io.culvert.it.harness.TransportLegs;
import io.culvert.it.harness.TransportTable;
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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Killed peers and bytes of strangers, on every transport at once. */
class TransportFaultIT {
    private static final Duration AT_ONCE = Duration.ofSeconds(10);
    /** A peer over UDP that is gone is noticed by its silence: after 30 s on mKCP, 30 or 45 s on QUIC. */
    private static final Duration BY_SILENCE = Duration.ofSeconds(80);

    private static final Duration STARTS_WITHIN = Duration.ofMinutes(5);
    private static final int LEGS_AT_ONCE = 12;
    private static final Duration HANDSHAKE = Duration.ofSeconds(5);
    private static final Duration CLOSED_WITHIN = Duration.ofSeconds(60);
    private static final int BYTES = 50_000;
    private static final long GROWTH_AT_MOST_KIB = 128 << 10;
    /** At every length up to here a handshake is cut, and at as many places further on. */
    private static final int CUTS = 40;

    private static final int CUT_UP_TO = 4_096;
    private static final byte[] NOTHING = {};

    /** A pair of processes with a session on each leg, one of which will be killed. */
    private record Doomed(
            TcpTarget echo, TransportLegs legs, Map<Leg, Socket> sockets, int socketsOfServer, int socketsOfClient)
            implements AutoCloseable {

        static Doomed start(Pair pair) throws IOException {
            TcpTarget echo = TcpTarget.xorEcho();
            TransportLegs legs = new TransportLegs(pair, TransportTable.carriers(pair), "{}", List.of(echo));
            int ofServer = legs.server().openSockets();
            int ofClient = legs.client().openSockets();
            Map<Leg, Socket> sockets = new LinkedHashMap<>();
            for (Leg leg : legs.all()) {
                sockets.put(leg, legs.connect(leg, echo));
            }
            legs.onEach(legs.all(), STARTS_WITHIN, leg -> Streams.exchange(socket(sockets, leg), BYTES));
            assertThat(echo.ended()).isZero();
            return new Doomed(echo, legs, sockets, ofServer, ofClient);
        }

        private static Socket socket(Map<Leg, Socket> sockets, Leg leg) {
            return Objects.requireNonNull(sockets.get(leg), leg::toString);
        }

        /** The client of a killed server ends its sessions, keeps nothing of them, and finds the server that comes back. */
        void loseServer() throws IOException {
            legs.server().kill();
            legs.onEach(legs.all(), BY_SILENCE, leg -> {
                Socket socket = socket(sockets, leg);
                if (isNoticed(leg)) {
                    socket.setSoTimeout((int) patience(leg).toMillis());
                    Streams.expectOver(socket);
                }
                socket.close();
            });
            if (legs.pair().client() == Program.CULVERT) {
                legs.client().expectSocketsBackTo(socketsOfClient, BY_SILENCE);
            }
            legs.restartServer();
            legs.onEach(legs.all(), CLOSED_WITHIN, leg -> legs.exchange(leg, echo, BYTES));
        }

        /** V2Ray's own HTTP/2 client does not look whether its connection is alive. */
        private boolean isNoticed(Leg leg) {
            return legs.pair().client() == Program.CULVERT || leg.transport().kind() != Kind.HTTP2;
        }

        private static Duration patience(Leg leg) {
            return leg.transport().kind().isOverUdp() ? BY_SILENCE : AT_ONCE;
        }

        /** The server of a killed client ends its sessions, and keeps nothing of them. */
        void loseClient() {
            legs.client().kill();
            long overTcp = legs.all().stream()
                    .filter(leg -> !leg.transport().kind().isOverUdp())
                    .count();
            Await.until(AT_ONCE, echo::toString, () -> echo.ended() >= overTcp);
            Await.until(
                    BY_SILENCE, echo::toString, () -> echo.ended() == legs.all().size());
            if (legs.pair().server() == Program.CULVERT) {
                legs.server().expectSocketsBackTo(socketsOfServer, BY_SILENCE);
            }
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

    /** All at the same time, since most of it is waiting for the silence of UDP. */
    @Tag("faults")
    @Test
    void a_killed_peer_ends_every_session_and_is_found_again() throws IOException {
        List<Doomed> toLoseServer = new ArrayList<>();
        List<Doomed> toLoseClient = new ArrayList<>();
        try {
            for (Pair pair : Pair.withCulvert().toList()) {
                toLoseServer.add(Doomed.start(pair));
                toLoseClient.add(Doomed.start(pair));
            }
            List<Runnable> losses = new ArrayList<>();
            for (Doomed one : toLoseServer) {
                losses.add(XorExchange.named(one.legs.pair() + ", server killed", one::loseServer));
            }
            for (Doomed one : toLoseClient) {
                losses.add(XorExchange.named(one.legs.pair() + ", client killed", one::loseClient));
            }
            XorExchange.atOnce(losses, BY_SILENCE.plus(STARTS_WITHIN));
        } finally {
            Stream.of(toLoseServer, toLoseClient).flatMap(List::stream).forEach(Doomed::close);
        }
    }

    @Test
    void bytes_of_strangers_are_closed_and_forgotten() throws IOException {
        Pair pair = new Pair(Program.CULVERT, Program.CULVERT);
        List<Leg> table = Stream.concat(TransportTable.sockets().stream(), TransportTable.carriers(pair).stream())
                .toList();
        try (TcpTarget echo = TcpTarget.xorEcho();
                TransportLegs legs = TransportLegs.tapped(
                        pair, table, "{handshake: " + HANDSHAKE.toSeconds() + "}", List.of(echo))) {
            exchangeOnEach(legs, echo);
            Await.until(AT_ONCE, echo::toString, () -> echo.ended() == table.size());
            ProxyNode server = legs.server();
            int sockets = server.openSockets();
            long memory = server.residentKib();
            Map<Leg, byte[]> handshakes = legs.tapped();
            List<Runnable> strangers = new ArrayList<>();
            List<Runnable> imitators = new ArrayList<>();
            for (Leg leg : table) {
                SocketAddress listener = legs.listener(leg);
                if (leg.transport().kind().isOverUdp()) {
                    strangers.add(XorExchange.named(leg, () -> flood(listener)));
                } else if (listener != null) {
                    garbage()
                            .forEach(bytes -> Stream.of(false, true)
                                    .forEach(ends ->
                                            strangers.add(XorExchange.named(leg, () -> probe(listener, bytes, ends)))));
                }
                cut(handshakes.getOrDefault(leg, NOTHING))
                        .forEach(bytes -> imitators.add(XorExchange.named(leg, () -> probe(listener, bytes, true))));
            }
            XorExchange.atOnce(strangers, CLOSED_WITHIN);
            assertThat(echo.accepted()).isEqualTo(table.size());
            XorExchange.atOnce(imitators, CLOSED_WITHIN);
            // Whole requests of VLESS among them, which has no defence of its own against one who has heard it all.
            Await.until(AT_ONCE, echo::toString, () -> echo.ended() == echo.accepted());
            server.expectSocketsBackTo(sockets, CLOSED_WITHIN);
            assertThat(server.residentKib() - memory).isLessThan(GROWTH_AT_MOST_KIB);
            exchangeOnEach(legs, echo);
        }
    }

    /** Some at a time: all of them at once take longer on a busy machine than a handshake may. */
    private static void exchangeOnEach(TransportLegs legs, TcpTarget echo) {
        List<Leg> all = legs.all();
        for (int from = 0; from < all.size(); from += LEGS_AT_ONCE) {
            legs.onEach(
                    all.subList(from, Math.min(from + LEGS_AT_ONCE, all.size())),
                    CLOSED_WITHIN,
                    leg -> legs.exchange(leg, echo, BYTES));
        }
    }

    /** What a stranger may send: nothing, noise, and the beginnings of what a listener could wait for. */
    private static Stream<byte[]> garbage() {
        String upgrade = """
                Host: a\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r
                """;
        String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        return Stream.concat(
                Stream.of(0, 1, 60, 5_000, 70_000).map(length -> new Payload(length).bytes(0, length)),
                Stream.of(
                                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                "GET /ray HTTP/1.1\r\nHost: a\r\n",
                                "GET /ray HTTP/1.1\r\nHost: a\r\n\r\n",
                                "GET /other HTTP/1.1\r\n" + upgrade,
                                "GET /ray HTTP/1.1\r\n" + upgrade + "\u0082\u0003abc",
                                "GET /ray HTTP/1.1\r\n" + upgrade + "\u0082\u00ff\u0000\u0000",
                                "GET /ray HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
                                "GET /ray HTTP/1.1\r\nX: " + "y".repeat(20_000),
                                "POST /one HTTP/1.1\r\nHost: a\r\nX-Cut-",
                                preface,
                                preface + "\u0000\u0000\u0004\u0001\u0005\u0000\u0000\u0000\u0001abcd",
                                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000",
                                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")
                        .map(text -> text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** What a client has said, cut: at every length for the first bytes, then at as many places further on. */
    private static Stream<byte[]> cut(byte[] whole) {
        int end = Math.min(whole.length, CUT_UP_TO);
        int step = Math.max(1, (end - CUTS) / CUTS);
        return Stream.iterate(1, length -> length < end, length -> length < CUTS ? length + 1 : length + step)
                .map(length -> Arrays.copyOf(whole, length));
    }

    /**
     * Sends bytes, and fails unless the listener closes the connection.
     *
     * @param ends whether the stranger says that nothing more will come
     */
    private static void probe(@Nullable SocketAddress listener, byte[] bytes, boolean ends) throws IOException {
        try (SocketChannel channel = SocketChannel.open(listener)) {
            channel.write(ByteBuffer.wrap(bytes));
            if (ends) {
                channel.shutdownOutput();
            }
            ByteBuffer answer = ByteBuffer.allocate(4_096);
            while (channel.read(answer) >= 0) {
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

    private static void flood(@Nullable SocketAddress listener) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            for (int i = 0; i < 2_000; i++) {
                byte[] bytes = new Payload(i).bytes(0, 1 + i * 31 % 1_500);
                socket.send(new DatagramPacket(bytes, bytes.length, listener));
            }
        }
    }
}
