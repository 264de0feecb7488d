package io.culvert.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EgressAnnouncementsTest {
    private static final EgressStatus STATUS = new EgressStatus("exit", 1, Set.of("direct"), 5, false, 1);

    private final Vertx vertx = Vertx.vertx();
    private final List<EgressStatus> heard = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void announcesAtOnceAndThenEveryPeriod() throws Exception {
        listen();
        announce();
        await(() -> heard.size() >= 3);
        assertThat(heard).containsOnly(STATUS);
    }

    @Test
    void announcesWheneverARouterAsks() throws Exception {
        int questions = 100;
        listen();
        announce();
        for (int i = 0; i < questions; i++) {
            vertx.eventBus().publish(BusAddresses.EGRESS_QUERY, "");
        }
        // By its period alone it would take until long after the deadline.
        await(() -> heard.size() > questions);
    }

    @Test
    void aListenerAsksWhenItStarts() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        vertx.eventBus()
                .consumer(BusAddresses.EGRESS_QUERY, _ -> asked.incrementAndGet())
                .completion()
                .await(5, TimeUnit.SECONDS);
        listen();
        await(() -> asked.get() == 1);
    }

    @Test
    void saysGoodbyeAndThenNothingMore() throws Exception {
        listen();
        announce().close().await(5, TimeUnit.SECONDS);
        await(() -> heard.contains(STATUS.drained()));
        assertThat(heard.getLast()).isEqualTo(STATUS.drained());

        int before = heard.size();
        EgressStatus other = new EgressStatus("other", 1, Set.of(), 0, false, 1);
        BusRegistration next = EgressAnnouncements.announce(vertx, () -> other).await(5, TimeUnit.SECONDS);
        await(() -> heard.stream().filter(other::equals).count() >= 3);
        next.close().await(5, TimeUnit.SECONDS);
        assertThat(heard.subList(before, heard.size())).doesNotContain(STATUS);
    }

    @Test
    void aClosedListenerHearsNothing() throws Exception {
        listen().close().await(5, TimeUnit.SECONDS);
        List<EgressStatus> later = new CopyOnWriteArrayList<>();
        EgressAnnouncements.listen(vertx, later::add).await(5, TimeUnit.SECONDS);
        announce();
        await(() -> !later.isEmpty());
        assertThat(heard).isEmpty();
    }

    @Test
    void neighbouringVersionsAreCompatible() {
        int own = EgressStatus.PROTOCOL_VERSION;
        assertThat(new EgressStatus("n", 0, Set.of(), 0, false, own).compatible())
                .isTrue();
        assertThat(new EgressStatus("n", 0, Set.of(), 0, false, own + 1).compatible())
                .isTrue();
        assertThat(new EgressStatus("n", 0, Set.of(), 0, false, own + 2).compatible())
                .isFalse();
    }

    private BusRegistration listen() throws Exception {
        return EgressAnnouncements.listen(vertx, heard::add).await(5, TimeUnit.SECONDS);
    }

    private BusRegistration announce() throws Exception {
        return EgressAnnouncements.announce(vertx, () -> STATUS).await(5, TimeUnit.SECONDS);
    }

    private void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("heard so far: %s", heard).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
