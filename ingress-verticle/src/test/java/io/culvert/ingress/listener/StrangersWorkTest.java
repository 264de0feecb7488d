package io.culvert.ingress.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.transport.testkit.Await;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StrangersWorkTest {
    private final AtomicLong nanos = new AtomicLong();
    private final StrangersWork work = new StrangersWork(1, nanos::get);
    private final List<String> ran = new CopyOnWriteArrayList<>();
    private final AtomicInteger displaced = new AtomicInteger();
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void open() {
        gate.countDown();
    }

    private static ClientSource source(int number) {
        return ClientSource.of(InetAddress.ofLiteral("198.18." + number / 256 + "." + number % 256));
    }

    private boolean submit(@Nullable ClientSource source, String name, boolean users) {
        return work.submit(source, new StrangersWork.Piece() {
            @Override
            public boolean run() {
                ran.add(name);
                return users;
            }

            @Override
            public void displaced() {
                displaced.incrementAndGet();
            }
        });
    }

    /** Keeps the only thread busy until the gate opens, and says when it is. */
    private void block() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        assertThat(work.submit(source(60_000), new StrangersWork.Piece() {
                    @Override
                    public boolean run() {
                        begun.countDown();
                        try {
                            return gate.await(30, TimeUnit.SECONDS);
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }

                    @Override
                    public void displaced() {
                        displaced.incrementAndGet();
                    }
                }))
                .isTrue();
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private void awaitDone(long pieces) {
        gate.countDown();
        Await.until("all has run", () -> work.ofUsers() + work.ofStrangers() == pieces);
    }

    @Test
    void sourcesTakeTurns() throws Exception {
        block();
        for (int i = 0; i < 30; i++) {
            assertThat(submit(source(1), "many", false)).isTrue();
        }
        assertThat(submit(source(2), "one", true)).isTrue();
        assertThat(submit(source(3), "other", true)).isTrue();
        awaitDone(33);
        assertThat(ran.subList(0, 3)).containsExactly("many", "one", "other");
    }

    @Test
    void frontsHaveEverySecondTurnAndNoBudget() throws Exception {
        block();
        for (int i = 0; i < 500; i++) {
            assertThat(submit(null, "front", false)).isTrue();
        }
        for (int i = 0; i < 20; i++) {
            assertThat(submit(source(i), "stranger", false)).isTrue();
        }
        awaitDone(521);
        assertThat(ran.subList(0, 40)).filteredOn("front"::equals).hasSize(20);
        assertThat(work.overSource()).isZero();
    }

    @Test
    void whatWasForNothingIsTakenFromTheBudgetOfItsSource() {
        int taken = 0;
        for (int i = 0; i < 1_000; i++) {
            taken += submit(source(1), "stranger", false) ? 1 : 0;
        }
        assertThat(taken).isEqualTo(StrangersWork.BUDGET);
        assertThat(work.overSource()).isEqualTo(1_000 - StrangersWork.BUDGET);
        assertThat(submit(source(2), "another source", false)).isTrue();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
        for (int i = 0; i < 2 * StrangersWork.BUDGET_A_SECOND; i++) {
            assertThat(submit(source(1), "again", false)).isTrue();
        }
        assertThat(submit(source(1), "again", false)).isFalse();
    }

    @Test
    void usersCostTheirSourceNothing() {
        for (int i = 1; i <= 10 * StrangersWork.BUDGET; i++) {
            assertThat(submit(source(1), "user", true)).isTrue();
            if (i % (StrangersWork.BUDGET / 2) == 0) {
                awaitDone(i);
            }
        }
        assertThat(work.overSource()).isZero();
    }

    @Test
    void whoHasNothingWaitingDisplacesWhatWaitsOfTheFullest() throws Exception {
        block();
        for (int i = 0; i < StrangersWork.MOST_WAITING; i++) {
            assertThat(submit(source(i / 32), "stranger", false)).isTrue();
        }
        assertThat(work.waiting()).isEqualTo(StrangersWork.MOST_WAITING);
        assertThat(submit(source(50_000), "honest", true)).isTrue();
        assertThat(displaced).hasValue(1);
        assertThat(submit(source(0), "stranger", false))
                .as("no turn for who has as many")
                .isFalse();
        assertThat(work.waiting()).isEqualTo(StrangersWork.MOST_WAITING);
        awaitDone(StrangersWork.MOST_WAITING + 1);
        assertThat(ran).contains("honest");
        assertThat(work.waiting()).isZero();
        assertThat(work.overNode()).isEqualTo(2);
    }
}
