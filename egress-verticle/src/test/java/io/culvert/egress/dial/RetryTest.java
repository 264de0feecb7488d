package io.culvert.egress.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The pauses between tries, by a clock that the test moves. */
class RetryTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final EventLoop loop = channel.eventLoop();
    private final List<Long> tries = new ArrayList<>();
    private long now;
    private int hopelessAt;

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    private void passMillis(int millis) {
        for (int i = 0; i < millis; i++) {
            channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
            now++;
            channel.runScheduledPendingTasks();
        }
    }

    private Future<Channel> failingWith(CloseCause cause, int succeedsAt, long step) {
        return Retry.run(loop, step, new Retry.Attempt() {
            @Override
            public Future<Channel> begin() {
                return attempt(cause, succeedsAt);
            }

            @Override
            public boolean mayMend(Throwable fault) {
                assertThat(fault).hasMessage("try " + tries.size());
                return tries.size() != hopelessAt;
            }
        });
    }

    private Future<Channel> attempt(CloseCause cause, int succeedsAt) {
        tries.add(now);
        return tries.size() == succeedsAt
                ? loop.newSucceededFuture(channel)
                : loop.newFailedFuture(new SessionFailure(cause, "try " + tries.size()));
    }

    @Test
    void fiveTriesWithGrowingPauses() {
        Future<Channel> result = failingWith(CloseCause.DIAL_REFUSED, 0, Retry.STEP_MILLIS);
        passMillis(5_000);
        assertThat(tries).containsExactly(0L, 1L, 101L, 301L, 601L);
        assertThat(result.cause()).hasMessage("try 5");
    }

    @Test
    void proxiesAreGivenMoreTime() {
        Future<Channel> result = failingWith(CloseCause.DIAL_TIMEOUT, 0, Retry.PROXY_STEP_MILLIS);
        passMillis(5_000);
        assertThat(tries).containsExactly(0L, 1L, 201L, 601L, 1201L);
        assertThat(result.isSuccess()).isFalse();
    }

    @Test
    void theFirstSuccessEndsIt() {
        Future<Channel> result = failingWith(CloseCause.DIAL_UNREACHABLE, 3, Retry.STEP_MILLIS);
        passMillis(5_000);
        assertThat(tries).hasSize(3);
        assertThat(result.getNow()).isSameAs(channel);
    }

    /** What may be mended is the caller's to say: a proxy server's every failure, as long as another server is left. */
    @ParameterizedTest
    @EnumSource
    void whatMayBeMendedIsTriedAgain(CloseCause cause) {
        Future<Channel> result = failingWith(cause, 0, Retry.STEP_MILLIS);
        passMillis(5_000);
        assertThat(tries).hasSize(5);
        assertThat(result.cause())
                .isInstanceOfSatisfying(
                        SessionFailure.class,
                        failure -> assertThat(failure.closeCause()).isEqualTo(cause));
    }

    @Test
    void whatCannotBeMendedIsNotTriedAgain() {
        hopelessAt = 2;
        Future<Channel> result = failingWith(CloseCause.UPSTREAM_HANDSHAKE_FAILED, 0, Retry.STEP_MILLIS);
        passMillis(2_000);
        assertThat(tries).hasSize(2);
        assertThat(result.cause()).hasMessage("try 2");
    }

    @ParameterizedTest
    @EnumSource
    void aDestinationIsDialledAgainAndNothingElse(CloseCause cause) {
        Future<Channel> result = Retry.ofDestination(loop, () -> attempt(cause, 0));
        passMillis(5_000);
        boolean ofDial = cause == CloseCause.DIAL_REFUSED
                || cause == CloseCause.DIAL_UNREACHABLE
                || cause == CloseCause.DIAL_TIMEOUT;
        assertThat(tries).hasSize(ofDial ? 5 : 1);
        assertThat(result.isDone()).isTrue();
    }

    @Test
    void aFaultOfOurOwnIsNotTriedAgain() {
        Future<Channel> result = Retry.ofDestination(loop, () -> {
            tries.add(now);
            return loop.newFailedFuture(new IllegalStateException("a fault"));
        });
        passMillis(2_000);
        assertThat(tries).hasSize(1);
        assertThat(result.cause()).isInstanceOf(IllegalStateException.class);
    }
}
