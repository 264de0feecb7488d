package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.it.harness.AfterPanic;
import io.culvert.it.harness.Await;
import io.culvert.it.harness.Clients;
import io.culvert.it.harness.CutSession;
import io.culvert.it.harness.Flood;
import io.culvert.it.harness.Leg;
import io.culvert.it.harness.Leg.Amount;
import io.culvert.it.harness.Pair;
import io.culvert.it.harness.Payload;
import io.culvert.it.harness.Program;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.SecondTries;
import io.culvert.it.harness.Streams;
import io.culvert.it.harness.TcpTarget;
import io.culvert.it.harness.TransportCase.Kind;
import io.culvert.it.harness.TransportLegs;
import io.culvert.it.harness.TransportTable;
import io.culvert.it.harness.UdpClient;
import io.culvert.it.harness.UdpTarget;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every transport between every pair of programs, through one process of each: bytes, datagrams, who ends first, and peers that
 * do not keep up. What is special to one transport stands in a class of its own.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("setups")
@TestInstance(Lifecycle.PER_CLASS)
@ExtendWith(AfterPanic.class)
class TransportMatrixIT implements AfterPanic.Subject {
    private static final Duration WITHIN = Duration.ofMinutes(2);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration AT_ONCE = Duration.ofSeconds(20);
    private static final int REQUEST = 300_000;
    private static final int RESPONSE = 1 << 20;
    /** On legs that differ from others in their disguise only. */
    private static final int LESS = 100_000;

    private static final int BLOCKS = 16;
    /** Together they bring more late frames than an HTTP/2 connection takes that answers each. */
    private static final int CUTS = 15;

    /** More than the buffers of three kernel sockets and two nodes take. */
    private static final int DOWNLOAD = 24 << 20;

    private static final Payload UP = new Payload(1);
    private static final Payload DOWN = new Payload(2);
    /** What a session whose target never reads may have swallowed: windows, queues of both nodes, four sockets. */
    private static final long IN_FLIGHT_AT_MOST = 64L << 20;

    private static final long OFFERED = 4 * IN_FLIGHT_AT_MOST;
    private static final long GROWTH_AT_MOST_KIB = 128 << 10;

    /** With the usual second, what is still on the way counts as silence while every leg speaks at once. */
    private static final String PATIENT = "{uplinkOnly: 6, downlinkOnly: 6}";

    /** The processes and targets of one pair. */
    static final class Setup implements AutoCloseable {
        final TcpTarget echo = TcpTarget.xorEcho();
        final UdpTarget datagrams = new UdpTarget(echo.port());
        final TcpTarget atEnd = TcpTarget.answersAtEnd();
        /** The first bytes of the sessions at {@link #guests}: each leg's place among all. */
        final Set<Integer> arrived = ConcurrentHashMap.newKeySet();

        final TcpTarget guests = new TcpTarget((_, connection) -> {
            arrived.add(connection.getInputStream().read());
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        });
        final TcpTarget source = TcpTarget.source(DOWN, RESPONSE);
        final TcpTarget less = TcpTarget.source(DOWN, LESS);
        final TcpTarget large = TcpTarget.source(DOWN, DOWNLOAD);
        final TcpTarget deaf = TcpTarget.neverReads();
        final TcpTarget cutter = CutSession.target();
        final TransportLegs legs;

        Setup(Pair pair, List<Leg> legs, String limits) {
            this.legs = new TransportLegs(
                    pair, legs, limits, List.of(echo, atEnd, guests, source, less, large, deaf, cutter));
        }

        @Override
        public void close() {
            try (echo;
                    datagrams;
                    atEnd;
                    guests;
                    source;
                    less;
                    large;
                    deaf;
                    cutter;
                    legs) {
                assertThat(legs.server().isAlive()).isTrue();
                assertThat(legs.client().isAlive()).isTrue();
            }
        }
    }

    static Stream<Named<Setup>> setups() {
        return Stream.concat(
                Pair.all().map(pair -> Named.of(pair + " over TCP", new Setup(pair, TransportTable.sockets(), "{}"))),
                Pair.withCulvert()
                        .map(pair ->
                                Named.of(pair.toString(), new Setup(pair, TransportTable.carriers(pair), PATIENT))));
    }

    @Parameter
    @SuppressWarnings("NullAway.Init") // set before each run
    Setup setup;

    @Override
    public TransportLegs legs() {
        return setup.legs;
    }

    Stream<Leg> legsThatMoveAll() {
        return setup.legs.all().stream().filter(Leg::movesAll);
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("legsThatMoveAll")
    void connections_of_ten_mebibytes_at_once(Leg leg) {
        setup.legs.moveAmount(leg, setup.echo, WITHIN);
    }

    @Test
    void fewer_bytes_on_every_other_leg() {
        for (Leg leg : setup.legs.all()) {
            if (!leg.movesAll()) {
                setup.legs.moveAmount(leg, setup.echo, WITHIN);
            }
        }
    }

    @Test
    void datagrams() {
        List<Leg> legs = setup.legs.all().stream()
                .filter(leg -> !leg.amount().equals(Amount.NONE))
                .toList();
        setup.legs.onEach(legs, SOON, leg -> {
            try (UdpClient client = UdpClient.to(setup.legs.entrance(leg, setup.echo))) {
                client.expectXorEcho(10, 1_024);
                client.expectXorEcho(1, 1_400);
                client.expectXorEcho(1, 1);
            }
        });
    }

    @Test
    void client_ends_first_and_the_target_answers_at_the_end() {
        onEveryLeg(leg -> {
            boolean expected = leg.carriesEndOfClient(setup.legs.pair());
            try (Socket socket = setup.legs.connect(leg, setup.atEnd)) {
                int request = request(leg);
                Streams.send(socket.getOutputStream(), UP, request);
                socket.shutdownOutput();
                byte[] answer = answer(socket, expected);
                if (expected) {
                    assertThat(answer)
                            .isEqualTo(ByteBuffer.allocate(8).putLong(request).array());
                } else {
                    // Nothing tells the server: what is asked is that the session does not hang.
                    assertThat(answer.length).isIn(0, 8);
                }
            }
        });
    }

    private static byte[] answer(Socket socket, boolean expected) throws IOException {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (SocketException reset) {
            if (expected) {
                throw reset;
            }
            return new byte[0];
        }
    }

    @Test
    void target_ends_first_and_the_client_hears_all() {
        long before = received();
        AtomicLong sent = new AtomicLong();
        onEveryLeg(leg -> {
            try (Socket socket = setup.legs.connect(leg, source(leg))) {
                Streams.send(socket.getOutputStream(), UP, 1);
                Streams.expect(socket.getInputStream(), DOWN, response(leg), (byte) 0);
                Streams.expectEnd(socket.getInputStream());
                if (leg.carriesEndOfTarget(setup.legs.pair())) {
                    Streams.send(socket.getOutputStream(), UP, request(leg));
                    socket.shutdownOutput();
                    sent.addAndGet(1 + request(leg));
                }
            }
        });
        Await.until(SOON, () -> received() + " bytes", () -> received() >= before + sent.get());
    }

    @Test
    void both_speak_and_end_at_once() {
        long before = received();
        AtomicLong sent = new AtomicLong();
        setup.legs.onEach(legsThatListenAfterTheirEnd(), WITHIN, leg -> {
            try (Socket socket = setup.legs.connect(leg, source(leg))) {
                Streams.send(socket.getOutputStream(), UP, request(leg));
                socket.shutdownOutput();
                Streams.expect(socket.getInputStream(), DOWN, response(leg), (byte) 0);
                Streams.expectEnd(socket.getInputStream());
                if (leg.carriesEndOfTarget(setup.legs.pair())) {
                    sent.addAndGet(request(leg));
                }
            }
        });
        Await.until(SOON, () -> received() + " bytes", () -> received() >= before + sent.get());
    }

    /** A V2Ray that is the client of QUIC under VLESS at times reads nothing any more once its own output has ended. */
    private List<Leg> legsThatListenAfterTheirEnd() {
        return setup.legs.all().stream()
                .filter(leg -> setup.legs.pair().client() != Program.V2RAY
                        || leg.transport().kind() != Kind.QUIC
                        || leg.protocol().marksEnd())
                .toList();
    }

    /** A second session of a disguise shows nothing that its first did not: it moves less. */
    private static boolean movesLess(Leg leg) {
        return !leg.movesAll() && leg.transport().kind() != Kind.TCP;
    }

    private static int request(Leg leg) {
        return movesLess(leg) ? LESS : REQUEST;
    }

    private static int response(Leg leg) {
        return movesLess(leg) ? LESS : RESPONSE;
    }

    private TcpTarget source(Leg leg) {
        return movesLess(leg) ? setup.less : setup.source;
    }

    /** What both sources have heard. */
    private long received() {
        return setup.source.received() + setup.less.received();
    }

    @Test
    void client_resets_and_the_target_sees_an_end() {
        onEveryLeg(leg -> {
            try (Socket first = greet(leg);
                    Socket last = arrives(leg) ? first : greet(leg)) {
                Await.until(
                        SOON, () -> "not there: " + missing(), () -> missing().isEmpty());
                first.setSoLinger(true, 0);
                last.setSoLinger(true, 0);
            }
        });
        TcpTarget guests = setup.guests;
        Await.until(SOON, guests::toString, () -> guests.ended() == guests.accepted());
    }

    private Socket greet(Leg leg) throws IOException {
        byte[] greeting = new byte[1_000];
        greeting[0] = (byte) setup.legs.all().indexOf(leg);
        Socket socket = setup.legs.connect(leg, setup.guests);
        socket.getOutputStream().write(greeting);
        return socket;
    }

    private boolean arrives(Leg leg) {
        boolean arrives = !setup.legs.mayLoseOne(leg)
                || Await.reached(AT_ONCE, () -> !missing().contains(leg));
        if (!arrives) {
            SecondTries.count(setup.legs.pair() + ", " + leg, new AssertionError("the first session does not arrive"));
        }
        return arrives;
    }

    private List<Leg> missing() {
        List<Leg> legs = setup.legs.all();
        return legs.stream()
                .filter(leg -> !setup.arrived.contains(legs.indexOf(leg)))
                .toList();
    }

    @Test
    void a_client_that_reads_slowly_gets_everything_on_every_leg() {
        onEveryLeg(leg ->
                readSlowly(leg, source(leg), response(leg) / BLOCKS, response(leg), Duration.ofMillis(50), () -> {}));
    }

    @Test
    void a_client_that_reads_slowly_stops_nobody() {
        expectLittleGrowth(() -> setup.legs.onEach(
                samples(),
                WITHIN,
                leg -> readSlowly(
                        leg,
                        setup.large,
                        1 << 20,
                        DOWNLOAD,
                        Duration.ofMillis(20),
                        () -> setup.legs.exchange(leg, setup.echo, 1_000))));
    }

    private interface BetweenBlocks {
        void run() throws IOException;
    }

    private void readSlowly(Leg leg, TcpTarget target, int block, int bytes, Duration pace, BetweenBlocks meanwhile)
            throws IOException {
        try (Socket socket = setup.legs.connect(leg, target)) {
            socket.getOutputStream().write(1);
            byte[] expected = new byte[block];
            for (int at = 0; at < bytes; at += block) {
                DOWN.check(at, Clients.exactly(socket.getInputStream(), block), block, (byte) 0, expected);
                Await.pace(pace);
                meanwhile.run();
            }
            Streams.expectEnd(socket.getInputStream());
        }
    }

    @Test
    void a_target_that_never_reads_stops_its_client_and_nobody_else() throws IOException {
        List<Leg> samples = samples();
        try (Flood flood = new Flood(OFFERED)) {
            expectLittleGrowth(() -> {
                for (Leg leg : samples) {
                    flood.from(setup.legs.connect(leg, setup.deaf));
                }
                assertThat(flood.awaitStandstill(SOON, Duration.ofSeconds(1)))
                        .as(samples.toString())
                        .allSatisfy(sent -> assertThat(sent).isLessThan(IN_FLIGHT_AT_MOST));
                setup.legs.onEach(samples, SOON, leg -> setup.legs.exchange(leg, setup.echo, 1 << 20));
            });
        }
    }

    /** Their bytes go on coming after their end, on a connection that is others' too. */
    @Test
    void sessions_that_are_cut_off_in_full_flow_end_nobody_else() throws IOException {
        for (Leg leg : samples()) {
            if (leg.sharesWindow(setup.legs.pair())) {
                cutOffBeside(leg);
            }
        }
    }

    private void cutOffBeside(Leg leg) throws IOException {
        try (Socket other = setup.legs.connect(leg, setup.echo)) {
            Streams.exchange(other, 1_000);
            for (int i = 0; i < CUTS; i++) {
                CutSession.upload(setup.legs.connect(leg, setup.cutter), setup.cutter, SOON);
                CutSession.download(setup.legs.connect(leg, setup.large));
            }
            setup.legs.onEach(List.of(leg), SOON, _ -> Streams.exchange(other, 1 << 20));
        }
    }

    @Test
    void sessions_share_connections() throws IOException {
        assumeTrue(setup.legs.pair().client() == Program.CULVERT, "skipped: what a V2Ray shares is its own affair");
        for (Leg leg : samples()) {
            if (leg.transport().kind().sharesConnections()) {
                expectShared(leg);
            }
        }
    }

    private void expectShared(Leg leg) throws IOException {
        for (int i = 0; i < 10; i++) {
            setup.legs.exchange(leg, setup.echo, 1_000);
        }
        int before = setup.legs.client().openSockets();
        List<Socket> open = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Socket socket = setup.legs.connect(leg, setup.echo);
            open.add(socket);
            Streams.exchange(socket, 1_000);
        }
        // One for each client that waits here, and a connection of each loop that had none yet.
        assertThat(setup.legs.client().openSockets() - before - open.size())
                .as(leg.toString())
                .isLessThanOrEqualTo(Runtime.getRuntime().availableProcessors());
        for (Socket socket : open) {
            socket.close();
        }
    }

    /** One leg of each transport, or of each protocol where there is one transport only. */
    private List<Leg> samples() {
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        return setup.legs.all().stream()
                .filter(leg ->
                        kinds.add(leg.transport().kind()) || leg.transport().kind() == Kind.TCP)
                .toList();
    }

    private interface Act {
        void run() throws IOException;
    }

    private void expectLittleGrowth(Act act) {
        List<ProxyNode> nodes = List.of(setup.legs.server(), setup.legs.client());
        long before = nodes.stream().mapToLong(ProxyNode::residentKib).sum();
        try {
            act.run();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertThat(nodes.stream().mapToLong(ProxyNode::residentKib).sum() - before)
                .isLessThan(GROWTH_AT_MOST_KIB);
    }

    private void onEveryLeg(TransportLegs.OnLeg act) {
        setup.legs.onEach(setup.legs.all(), WITHIN, act);
    }
}
