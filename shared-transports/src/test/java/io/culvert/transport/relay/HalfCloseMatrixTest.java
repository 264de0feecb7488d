package io.culvert.transport.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.relay.RelayRig.Wire;
import io.culvert.transport.relay.RelayRig.Wire.Side;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.netty.handler.ssl.SslProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every order in which two peers can end a session (reliability section 4, "Half-close matrix"), over every wire. */
class HalfCloseMatrixTest {
    /** Timers that only a hanging session meets. */
    private static final SessionPolicy PATIENT = new SessionPolicy(60_000, 60_000, 60_000, 64 * 1024);

    private static final byte[] UP = Payload.of(1, 3_000);
    private static final byte[] DOWN = Payload.of(2, 200_000);

    interface Play {
        void run(RelayRig rig) throws Exception;
    }

    /** @param ending which peers end their output while the other's is open */
    record Row(String name, Set<Side> ending, CloseCause cause, Play play) {
        static Row of(String name, Set<Side> ending, CloseCause cause, Play play) {
            return new Row(name, ending, cause, play);
        }

        /**
         * Java's own TLS 1.2 answers an end mark with its own at once: such a peer cannot go on when the other has ended,
         * nor can the relay where it uses that engine.
         */
        boolean isPossibleOver(Wire wire) {
            if (!wire.version().equals("TLSv1.2") || ending.isEmpty()) {
                return true;
            }
            return wire.provider() != SslProvider.JDK && ending.contains(wire.side());
        }
    }

    private static final Set<Side> NOBODY = Set.of();
    private static final Set<Side> CLIENT = Set.of(Side.CLIENT);
    private static final Set<Side> SERVER = Set.of(Side.UPSTREAM);
    private static final Set<Side> BOTH = Set.of(Side.CLIENT, Side.UPSTREAM);

    private static final List<Row> ROWS = List.of(
            Row.of("client first, server answers at EOF", CLIENT, CloseCause.COMPLETED, rig -> {
                rig.client().send(UP);
                rig.client().finish();
                expect(rig.server(), UP);
                rig.server().send(DOWN);
                rig.server().finish();
                expect(rig.client(), DOWN);
            }),
            Row.of("server first, client goes on", SERVER, CloseCause.COMPLETED, rig -> {
                rig.server().send(UP);
                rig.server().finish();
                expect(rig.client(), UP);
                rig.client().send(DOWN);
                rig.client().finish();
                expect(rig.server(), DOWN);
            }),
            Row.of("both at once", BOTH, CloseCause.COMPLETED, rig -> {
                rig.client().send(UP);
                rig.server().send(UP);
                rig.client().finish();
                rig.server().finish();
                expect(rig.server(), UP);
                expect(rig.client(), UP);
            }),
            Row.of("neither sends a byte", BOTH, CloseCause.COMPLETED, rig -> {
                rig.client().finish();
                rig.server().finish();
                expect(rig.server(), new byte[0]);
                expect(rig.client(), new byte[0]);
            }),
            Row.of("client ends, server sends piece by piece", CLIENT, CloseCause.COMPLETED, rig -> {
                rig.client().finish();
                expect(rig.server(), new byte[0]);
                for (int i = 0; i < 20; i++) {
                    rig.server().send(UP);
                    assertThat(rig.client().read(UP.length)).isEqualTo(UP);
                }
                rig.server().finish();
                expect(rig.client(), new byte[0]);
            }),
            Row.of("server ends, client sends piece by piece", SERVER, CloseCause.COMPLETED, rig -> {
                rig.server().finish();
                expect(rig.client(), new byte[0]);
                for (int i = 0; i < 20; i++) {
                    rig.client().send(UP);
                    assertThat(rig.server().read(UP.length)).isEqualTo(UP);
                }
                rig.client().finish();
                expect(rig.server(), new byte[0]);
            }),
            Row.of("client resets", NOBODY, CloseCause.CLIENT_RESET, rig -> {
                rig.client().send(UP);
                assertThat(rig.server().read(UP.length)).isEqualTo(UP);
                rig.client().reset();
                assertThat(rig.server().readToEnd().clean()).isFalse();
            }),
            Row.of("server resets", NOBODY, CloseCause.UPSTREAM_RESET, rig -> {
                rig.server().send(UP);
                assertThat(rig.client().read(UP.length)).isEqualTo(UP);
                rig.server().reset();
                assertThat(rig.client().readToEnd().clean()).isFalse();
            }),
            Row.of("client ends, then server resets", CLIENT, CloseCause.UPSTREAM_RESET, rig -> {
                rig.client().send(UP);
                rig.client().finish();
                expect(rig.server(), UP);
                rig.server().reset();
                assertThat(rig.client().readToEnd().clean()).isFalse();
            }),
            Row.of("server ends, then client resets", SERVER, CloseCause.CLIENT_RESET, rig -> {
                rig.server().send(UP);
                rig.server().finish();
                expect(rig.client(), UP);
                rig.client().reset();
                assertThat(rig.server().readToEnd().clean()).isFalse();
            }),
            Row.of("client ends, then resets", CLIENT, CloseCause.CLIENT_RESET, rig -> {
                rig.client().finish();
                expect(rig.server(), new byte[0]);
                rig.client().reset();
                rig.server().sendUntilItFails();
            }),
            Row.of("server ends, then resets", SERVER, CloseCause.UPSTREAM_RESET, rig -> {
                rig.server().finish();
                expect(rig.client(), new byte[0]);
                rig.server().reset();
                rig.client().sendUntilItFails();
            }),
            Row.of("both have ended while the client still reads", CLIENT, CloseCause.COMPLETED, rig -> {
                byte[] much = Payload.of(3, 12 << 20);
                rig.client().finish();
                CompletableFuture<Void> sent = inBackground(() -> {
                    rig.server().send(much);
                    rig.server().finish();
                });

                expect(rig.client(), much);
                sent.join();
            }));

    static Stream<Arguments> cases() {
        List<Wire> wires = new ArrayList<>();
        wires.add(Wire.PLAIN);
        for (Side side : List.of(Side.CLIENT, Side.UPSTREAM)) {
            for (SslProvider provider : List.of(SslProvider.OPENSSL_REFCNT, SslProvider.JDK)) {
                wires.add(new Wire(side, "TLSv1.3", provider));
                wires.add(new Wire(side, "TLSv1.2", provider));
            }
        }
        List<Arguments> cases = new ArrayList<>();
        for (TestLoop.Kind kind : TestLoop.Kind.values()) {
            for (Wire wire : wires) {
                for (Row row : ROWS) {
                    if (row.isPossibleOver(wire)) {
                        cases.add(Arguments.of(kind, wire, row.name(), row));
                    }
                }
            }
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}, {1}: {2}")
    @MethodSource("cases")
    void everyByteArrivesAndTheCauseIsRight(TestLoop.Kind kind, Wire wire, String name, Row row) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        try (TestLoop loop = new TestLoop(kind);
                RelayRig rig = new RelayRig(loop, wire, PATIENT)) {
            row.play().run(rig);
            assertThat(rig.closed().cause()).isEqualTo(row.cause());
        }
    }

    private static void expect(Peer peer, byte[] bytes) {
        Peer.Ending ending = peer.readToEnd();
        assertThat(ending.clean())
                .as("clean end after %d bytes", ending.bytes().length)
                .isTrue();
        assertThat(ending.bytes()).hasSize(bytes.length).isEqualTo(bytes);
    }

    private interface Task {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> inBackground(Task task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }
}
