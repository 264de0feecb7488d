package io.culvert.transport.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.relay.RelayRig.Wire;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Payload;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestLoop;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What bounds a relay: its queues, its timers, its end. */
class RelayPumpTest {
    private static final long NEVER = 600_000;
    private static final int SOON = 150;
    private static final int HIGH_MARK = 64 * 1024;
    private static final int ONE_READ = 256 * 1024;
    /** What Netty adds to each buffer in a queue, for as many buffers as there can be in it. */
    private static final int OVERHEAD = 64 * 1024;

    private static final int SMALL_WINDOW = 16 * 1024;
    private static final SessionPolicy PATIENT = new SessionPolicy(NEVER, NEVER, NEVER, HIGH_MARK);

    @ParameterizedTest
    @EnumSource
    void aReaderThatStopsBoundsTheQueue(TestLoop.Kind kind) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        byte[] much = Payload.of(1, 16 << 20);
        try (TestLoop loop = new TestLoop(kind);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, PATIENT, SMALL_WINDOW)) {
            AtomicLong most = watchQueue(loop, rig.clientChannel());
            CompletableFuture<Void> sent = inBackground(() -> {
                rig.server().send(much);
                rig.server().finish();
            });
            awaitBackPressure(loop, rig.upstreamChannel());
            assertThat(most.get()).isBetween((long) HIGH_MARK, (long) HIGH_MARK + ONE_READ + OVERHEAD);
            assertThat(sent).isNotDone();

            rig.client().finish();
            assertEnds(rig.client(), much);
            sent.join();
            assertThat(rig.closed()).isEqualTo(new RelayRig.Closed(CloseCause.COMPLETED, 0, much.length));
            assertThat(most.get()).isLessThan(HIGH_MARK + ONE_READ + OVERHEAD);
        }
    }

    /** Epoll tells of a FIN at once, however much lies in front of it. */
    @ParameterizedTest
    @EnumSource
    void aFinBehindMuchDataDoesNotUndoTheBound(TestLoop.Kind kind) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        byte[] much = Payload.of(2, 1_500_000);
        try (TestLoop loop = new TestLoop(kind);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, PATIENT, SMALL_WINDOW)) {
            AtomicLong most = watchQueue(loop, rig.upstreamChannel());
            rig.client().socket().setSendBufferSize(much.length);
            rig.upstreamChannel().config().setOption(ChannelOption.SO_SNDBUF, SMALL_WINDOW);
            CompletableFuture<Void> sent = inBackground(() -> {
                rig.client().send(much);
                rig.client().finish();
            });
            awaitBackPressure(loop, rig.clientChannel());
            rig.server().finish();
            assertEnds(rig.server(), much);
            sent.join();
            assertThat(rig.closed().cause()).isEqualTo(CloseCause.COMPLETED);
            assertThat(most.get()).isLessThan(HIGH_MARK + ONE_READ + OVERHEAD);
        }
    }

    @Test
    void aSlowReaderOfTheLastBytesIsNotCutOff() throws Exception {
        SessionPolicy hasty = new SessionPolicy(NEVER, SOON, SOON, 2 << 20);
        byte[] much = Payload.of(3, 3 << 20);
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, hasty, SMALL_WINDOW)) {
            CompletableFuture<Void> sent = inBackground(() -> {
                rig.server().send(much);
                rig.client().finish();
                rig.server().finish();
            });
            InputStream in = rig.client().socket().getInputStream();
            byte[] got = new byte[much.length];
            // Steadily, but for longer than the timer: the pace of a slow line.
            for (int at = 0; at < got.length; ) {
                int count = in.read(got, at, Math.min(64 * 1024, got.length - at));
                assertThat(count).as("end after %d bytes", at).isPositive();
                at += count;
                pace(SOON / 8);
            }
            assertThat(in.read()).isNegative();
            assertThat(got).isEqualTo(much);
            sent.join();
            assertThat(rig.closed().cause()).isEqualTo(CloseCause.COMPLETED);
        }
    }

    @Test
    void aReaderThatStopsForGoodIsResetAndNotEnded() throws Exception {
        SessionPolicy hasty = new SessionPolicy(NEVER, SOON, SOON, HIGH_MARK);
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, hasty, SMALL_WINDOW)) {
            byte[] much = Payload.of(4, 16 << 20);
            rig.client().finish();
            inBackground(() -> rig.server().send(much));
            assertThat(rig.closed().cause()).isEqualTo(CloseCause.HALF_CLOSED_TIMEOUT);
            assertThat(rig.client().readToEnd().clean()).isFalse();
        }
    }

    @Test
    void silenceEndsASessionCleanly() throws Exception {
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, new SessionPolicy(SOON, NEVER, NEVER, HIGH_MARK))) {
            rig.client().send(new byte[10]);
            rig.server().read(10);
            assertThat(rig.closed()).isEqualTo(new RelayRig.Closed(CloseCause.IDLE_TIMEOUT, 10, 0));
            assertEnds(rig.client(), new byte[0]);
            assertEnds(rig.server(), new byte[0]);
        }
    }

    @Test
    void trafficKeepsASessionAlive() throws Exception {
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, new SessionPolicy(2_000, NEVER, NEVER, HIGH_MARK))) {
            for (int i = 0; i < 30; i++) {
                pace(100);
                rig.client().send(new byte[] {(byte) i});
                assertThat(rig.server().read(1)).containsExactly(i);
            }
            assertThat(rig.isClosed()).isFalse();
            assertThat(rig.upstreamChannel().config().getOption(ChannelOption.SO_KEEPALIVE))
                    .as("a session that lasts has its silent server probed")
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theHalfThatIsLeftHasItsOwnTimer(boolean clientEnds) throws Exception {
        SessionPolicy policy =
                new SessionPolicy(NEVER, clientEnds ? NEVER : SOON, clientEnds ? SOON : NEVER, HIGH_MARK);
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, policy)) {
            (clientEnds ? rig.client() : rig.server()).finish();
            assertEnds(clientEnds ? rig.server() : rig.client(), new byte[0]);
            assertThat(rig.closed().cause()).isEqualTo(CloseCause.HALF_CLOSED_TIMEOUT);
            assertEnds(clientEnds ? rig.client() : rig.server(), new byte[0]);
        }
    }

    @Test
    void aTimerOfZeroEndsTheSessionWithTheFirstEnd() throws Exception {
        SessionPolicy policy = new SessionPolicy(NEVER, 0, 0, HIGH_MARK);
        byte[] answer = Payload.of(5, 100_000);
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, policy)) {
            rig.server().send(answer);
            rig.server().finish();
            assertEnds(rig.client(), answer);
            assertEnds(rig.server(), new byte[0]);
            assertThat(rig.closed()).isEqualTo(new RelayRig.Closed(CloseCause.HALF_CLOSED_TIMEOUT, 0, answer.length));
        }
    }

    @Test
    void anIdleTimeOfZeroEndsTheSessionAtOnce() throws Exception {
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, new SessionPolicy(0, NEVER, NEVER, HIGH_MARK))) {
            assertEnds(rig.client(), new byte[0]);
            assertEnds(rig.server(), new byte[0]);
            assertThat(rig.closed().cause()).isEqualTo(CloseCause.IDLE_TIMEOUT);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"USER_REMOVED", "DRAINED", "CORRUPT", "INTERNAL"})
    void whatEndsASessionFromOutsideResetsBothSides(CloseCause cause) throws Exception {
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, PATIENT)) {
            rig.pump().close(cause);
            rig.pump().close(CloseCause.LIMIT);
            assertThat(rig.closed().cause()).isEqualTo(cause);
            assertThat(rig.client().readToEnd().clean()).isFalse();
            assertThat(rig.server().readToEnd().clean()).isFalse();
        }
    }

    @Test
    void onceANodeIsLeftSilenceResetsBothSides() throws Exception {
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, PATIENT)) {
            rig.client().send(new byte[10]);
            rig.server().read(10);
            rig.pump().endWhenIdle(TimeUnit.MILLISECONDS.toNanos(SOON), CloseCause.DRAINED);
            assertThat(rig.closed()).isEqualTo(new RelayRig.Closed(CloseCause.DRAINED, 10, 0));
            assertThat(rig.client().readToEnd().clean()).isFalse();
            assertThat(rig.server().readToEnd().clean()).isFalse();
        }
    }

    @Test
    void onceANodeIsLeftTrafficKeepsASessionAliveAndItsOwnTimersStay() throws Exception {
        SessionPolicy policy = new SessionPolicy(NEVER, NEVER, SOON, HIGH_MARK);
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, policy)) {
            rig.pump().endWhenIdle(TimeUnit.SECONDS.toNanos(2), CloseCause.DRAINED);
            for (int i = 0; i < 30; i++) {
                pace(100);
                rig.client().send(new byte[] {(byte) i});
                assertThat(rig.server().read(1)).containsExactly(i);
            }
            assertThat(rig.isClosed()).isFalse();
            rig.client().finish();
            assertEnds(rig.server(), new byte[0]);
            assertThat(rig.closed().cause()).isEqualTo(CloseCause.HALF_CLOSED_TIMEOUT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void abortIsAResetAlsoThroughTls(TestLoop.Kind kind) throws Exception {
        assumeTrue(kind.isAvailable(), "skipped: no epoll here");
        Wire wire = new Wire(Wire.Side.CLIENT, "TLSv1.3", io.netty.handler.ssl.SslProvider.JDK);
        try (TestLoop loop = new TestLoop(kind);
                RelayRig rig = new RelayRig(loop, wire, PATIENT)) {
            rig.server().send(new byte[] {1});
            rig.client().read(1);
            rig.pump().close(CloseCause.CORRUPT);
            assertThat(rig.client().readToEnd().clean()).isFalse();
            assertThat(rig.closed().cause()).isEqualTo(CloseCause.CORRUPT);
        }
    }

    @Test
    void theCountsArePayload() throws Exception {
        try (TestLoop loop = new TestLoop(TestLoop.Kind.NIO);
                RelayRig rig = new RelayRig(loop, Wire.PLAIN, PATIENT)) {
            rig.client().send(new byte[123]);
            rig.server().read(123);
            rig.server().send(new byte[45_678]);
            rig.client().read(45_678);
            assertThat(rig.pump().uplinkBytes()).isEqualTo(123);
            assertThat(rig.pump().downlinkBytes()).isEqualTo(45_678);
        }
    }

    private static AtomicLong watchQueue(TestLoop loop, Channel channel) throws Exception {
        AtomicLong most = new AtomicLong();
        loop.call(() -> channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void flush(ChannelHandlerContext ctx) {
                most.accumulateAndGet(Channels.queuedBytes(channel), Math::max);
                ctx.flush();
            }
        }));
        return most;
    }

    private static void awaitBackPressure(TestLoop loop, Channel channel) {
        Await.until("reading stops", () -> {
            try {
                return loop.call(() -> ReadGate.of(channel).isHeld(ReadGate.BACK_PRESSURE));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private static void assertEnds(Peer peer, byte[] bytes) {
        Peer.Ending ending = peer.readToEnd();
        assertThat(ending.clean())
                .as("clean end after %d bytes", ending.bytes().length)
                .isTrue();
        assertThat(ending.bytes()).hasSize(bytes.length).isEqualTo(bytes);
    }

    /** Time that is itself part of a scenario. */
    private static void pace(long millis) {
        long until = System.nanoTime() + millis * 1_000_000;
        for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
            java.util.concurrent.locks.LockSupport.parkNanos(left);
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    private static CompletableFuture<Void> inBackground(Task task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (IOException e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }
}
