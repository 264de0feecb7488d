package io.culvert.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.testkit.Nodes;
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

class NodeAnnouncementsTest {
    private static final NodeStatus STATUS = Nodes.egress("exit", 1, Set.of("direct"), 5, false, 1);

    private final Vertx vertx = Vertx.vertx();
    private final List<NodeStatus> heard = new CopyOnWriteArrayList<>();

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
            vertx.eventBus().publish(BusAddresses.NODE_QUERY, "");
        }
        // By its period alone it would take until long after the deadline.
        await(() -> heard.size() > questions);
    }

    @Test
    void aListenerAsksWhenItStarts() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        vertx.eventBus()
                .consumer(BusAddresses.NODE_QUERY, _ -> asked.incrementAndGet())
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
        NodeStatus other = Nodes.egress("other", 1, Set.of(), 0, false, 1);
        BusRegistration next = NodeAnnouncements.announce(vertx, () -> other).await(5, TimeUnit.SECONDS);
        await(() -> heard.stream().filter(other::equals).count() >= 3);
        next.close().await(5, TimeUnit.SECONDS);
        List<NodeStatus> all = List.copyOf(heard);
        assertThat(all.subList(before, all.size())).doesNotContain(STATUS);
    }

    @Test
    void aClosedListenerHearsNothing() throws Exception {
        listen().close().await(5, TimeUnit.SECONDS);
        List<NodeStatus> later = new CopyOnWriteArrayList<>();
        NodeAnnouncements.listen(vertx, later::add).await(5, TimeUnit.SECONDS);
        announce();
        await(() -> !later.isEmpty());
        assertThat(heard).isEmpty();
    }

    @Test
    void neighbouringVersionsAreCompatible() {
        int own = NodeStatus.PROTOCOL_VERSION;
        assertThat(Nodes.egress("n", 0, Set.of(), 0, false, own).compatible()).isTrue();
        assertThat(Nodes.egress("n", 0, Set.of(), 0, false, own + 1).compatible())
                .isTrue();
        assertThat(Nodes.egress("n", 0, Set.of(), 0, false, own + 2).compatible())
                .isFalse();
    }

    private BusRegistration listen() throws Exception {
        return NodeAnnouncements.listen(vertx, heard::add).await(5, TimeUnit.SECONDS);
    }

    private BusRegistration announce() throws Exception {
        return NodeAnnouncements.announce(vertx, () -> STATUS).await(5, TimeUnit.SECONDS);
    }

    private void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("heard so far: %s", heard).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
