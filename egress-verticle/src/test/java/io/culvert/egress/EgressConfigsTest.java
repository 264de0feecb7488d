package io.culvert.egress;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.Position;
import io.culvert.config.StreamConfig;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.model.TargetOrigin;
import io.culvert.transport.Outbound;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Of which configuration the outbound is that opens an order, while nodes change theirs one after the other. */
class EgressConfigsTest {
    private static final Destination TARGET = Destination.tcp(Address.parse("example.org"), 80);
    private static final ConfigVersion FIRST = ConfigVersion.of(1);
    private static final ConfigVersion SECOND = new ConfigVersion(2, 1_000, 5);
    private static final ConfigVersion THIRD = new ConfigVersion(3, 2_000, 6);

    private final List<Fake> made = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final EventLoop loop = channel.eventLoop();
    /** A monotonic clock may overflow while it runs. */
    private long now = Long.MAX_VALUE - 5;

    private final Egress egress = new Egress(
            config -> {
                Fake fake = new Fake(String.valueOf(config.sendThrough()));
                made.add(fake);
                return fake;
            },
            () -> now);

    /** Opens nothing, and fails with a name that says who was asked. */
    private static final class Fake implements Outbound {
        private final String name;

        Fake(String name) {
            this.name = name;
        }

        @Override
        public Future<Channel> open(DialOrder order, EventLoop loop) {
            return loop.newFailedFuture(new SessionFailure(CloseCause.BLACKHOLED, name));
        }
    }

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    @AfterEach
    void close() {
        egress.close();
        channel.finishAndReleaseAll();
    }

    /** An outbound; different settings are different numbers. */
    private static OutboundConfig outbound(String tag, int number) {
        return new OutboundConfig(
                tag, address(number), new OutboundSettings.Blackhole(false), StreamConfig.RAW, Position.NONE);
    }

    private static InetAddress address(int number) {
        return InetAddress.ofLiteral("127.0.0." + number);
    }

    private Egress.Prepared prepare(ConfigVersion version, OutboundConfig... outbounds) throws Exception {
        return egress.prepare(TestConfigs.of(outbounds), version);
    }

    private Future<Channel> ask(String tag, @Nullable ConfigVersion config) {
        return egress.open(
                new DialOrder(
                        TestOrders.session(TestOrders.NODE, TestOrders.STRANGER, TARGET, TargetOrigin.CLIENT),
                        TestOrders.NODE,
                        tag,
                        TARGET,
                        SessionPolicy.DEFAULT,
                        null,
                        config),
                loop);
    }

    private static SessionFailure end(Future<Channel> opened) {
        assertThat(opened.cause()).isInstanceOf(SessionFailure.class);
        return (SessionFailure) opened.cause();
    }

    private void assertOpensBy(int number, String tag, @Nullable ConfigVersion config) {
        assertThat(end(ask(tag, config))).hasMessage(String.valueOf(address(number)));
    }

    private void assertNone(String tag, @Nullable ConfigVersion config) {
        assertThat(end(ask(tag, config)).closeCause()).isEqualTo(CloseCause.NO_EGRESS);
    }

    @Test
    void eachOrderIsOpenedByItsOwnConfigurationAroundACommit() throws Exception {
        prepare(FIRST, outbound("a", 1)).commit();
        assertOpensBy(1, "a", FIRST);
        Egress.Prepared second = prepare(SECOND, outbound("a", 2));
        assertOpensBy(1, "a", FIRST);
        assertOpensBy(2, "a", SECOND);
        second.commit();
        assertOpensBy(1, "a", FIRST);
        assertOpensBy(2, "a", SECOND);
        prepare(THIRD, outbound("a", 3)).commit();
        assertOpensBy(1, "a", FIRST);
        assertOpensBy(2, "a", SECOND);
        assertOpensBy(3, "a", THIRD);
        assertThat(egress.awaited()).isZero();
    }

    @Test
    void anOutboundThatDidNotChangeIsTheSameInAll() throws Exception {
        prepare(FIRST, outbound("a", 1), outbound("b", 2)).commit();
        prepare(SECOND, outbound("a", 1), outbound("b", 3)).commit();
        assertThat(made).hasSize(3);
        assertOpensBy(1, "a", FIRST);
        assertOpensBy(1, "a", SECOND);
    }

    @Test
    void whatHasGoneServesForAWhileWhatWasDecidedBefore() throws Exception {
        prepare(FIRST, outbound("a", 1), outbound("gone", 2)).commit();
        prepare(SECOND, outbound("a", 3), outbound("new", 4)).commit();
        now += OutboundTable.DECIDED_NANOS - 1;
        assertOpensBy(1, "a", FIRST);
        assertOpensBy(2, "gone", FIRST);
        assertNone("new", FIRST);
        assertNone("gone", SECOND);
        now++;
        assertOpensBy(3, "a", FIRST);
        assertNone("gone", FIRST);
        assertOpensBy(4, "new", FIRST);
    }

    @Test
    void anOrderOfAnOlderNodeIsOpenedByWhatThereIs() throws Exception {
        prepare(FIRST, outbound("a", 1), outbound("gone", 2)).commit();
        Egress.Prepared second = prepare(SECOND, outbound("a", 3), outbound("new", 4));
        assertOpensBy(1, "a", null);
        assertOpensBy(4, "new", null);
        second.commit();
        assertOpensBy(3, "a", null);
        assertOpensBy(2, "gone", null);
        now += OutboundTable.DECIDED_NANOS;
        assertNone("gone", null);
    }

    @Test
    void ofTwoConfigurationsOfOneEpochEachHasItsOwn() throws Exception {
        ConfigVersion lost = new ConfigVersion(2, 999, 7);
        prepare(FIRST, outbound("a", 1)).commit();
        prepare(lost, outbound("a", 2)).commit();
        Future<Channel> waiting = ask("a", SECOND);
        assertThat(waiting.isDone())
                .as("the epoch alone does not tell them apart")
                .isFalse();
        prepare(SECOND, outbound("a", 3)).commit();
        channel.runPendingTasks();
        assertThat(end(waiting)).hasMessage(String.valueOf(address(3)));
        assertOpensBy(2, "a", lost);
    }

    @Test
    void whatOthersRanBeforeItWasDroppedHereServesWhatTheyDecided() throws Exception {
        prepare(FIRST, outbound("a", 1)).commit();
        prepare(SECOND, outbound("a", 2)).discard();
        assertOpensBy(2, "a", SECOND);
        assertOpensBy(1, "a", FIRST);
        assertOpensBy(1, "a", null);
        now += OutboundTable.DECIDED_NANOS;
        assertThat(ask("a", SECOND).isDone()).isFalse();
        assertOpensBy(1, "a", FIRST);
    }

    @Test
    void anOrderByAMissedConfigurationWaitsForIt() throws Exception {
        prepare(FIRST, outbound("a", 1)).commit();
        Future<Channel> second = ask("a", SECOND);
        Future<Channel> third = ask("a", THIRD);
        prepare(SECOND, outbound("a", 2));
        channel.runPendingTasks();
        assertThat(end(second)).hasMessage(String.valueOf(address(2)));
        assertThat(third.isDone()).isFalse();
        assertThat(egress.awaited()).isEqualTo(2);
        assertThat(egress.unarrived()).isZero();
        channel.advanceTimeBy(AwaitedConfigs.WAIT_MILLIS, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(egress.unarrived()).isEqualTo(1);
    }

    @Test
    void itDoesNotWaitForEverAndMayBeTriedElsewhereThen() throws Exception {
        prepare(FIRST, outbound("a", 1)).commit();
        Future<Channel> opened = ask("a", SECOND);
        channel.advanceTimeBy(AwaitedConfigs.WAIT_MILLIS - 1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(opened.isDone()).isFalse();
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(end(opened)).hasMessage("configuration 2 has not arrived here");
        assertThat(end(opened).closeCause().mayTryElsewhere()).isTrue();
        assertThat(egress.unarrived()).isEqualTo(1);
        // It comes too late for this one.
        prepare(SECOND, outbound("a", 2)).commit();
        channel.runPendingTasks();
        assertThat(end(opened).closeCause()).isEqualTo(CloseCause.NO_EGRESS);
    }

    /** Past one that wins over it in between, an order is of the past: it must not wait for what will not come. */
    @Test
    void whatAWinnerHasPassedOverIsOpenedByTheWinner() throws Exception {
        prepare(FIRST, outbound("a", 1)).commit();
        Future<Channel> opened = ask("a", SECOND);
        prepare(THIRD, outbound("a", 3)).commit();
        channel.runPendingTasks();
        assertThat(end(opened)).hasMessage(String.valueOf(address(3)));
    }
}
