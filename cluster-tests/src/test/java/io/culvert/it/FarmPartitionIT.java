package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Busy;
import io.culvert.it.harness.FarmRig;
import io.culvert.it.harness.Ledger;
import io.culvert.it.harness.Load;
import io.culvert.it.harness.Machines;
import io.culvert.it.harness.Trial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What sessions experience where the network between nodes breaks, each node on a machine of its own (reliability section 3,
 * F8 to F10): nobody is told of it, packets are just gone.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FarmPartitionIT {
    private static final int SOCKS = 1080;
    private static final long SEED = Long.getLong("culvert.it.seed", System.nanoTime() % 1_000_000);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SILENT_DEATH = Duration.ofSeconds(6);
    private static final Duration RETRIED = Duration.ofMillis(2_500);
    /** How long a farm takes to be whole again, Hazelcast's merge included. */
    private static final Duration HEALED = Duration.ofSeconds(20);

    private static final List<String> OTHERS = List.of("router", "core", "router2", "exit");

    private final Machines machines = Machines.create();
    private final FarmRig farm = new FarmRig(machines);
    private final Ledger ledger = new Ledger(InetAddress.ofLiteral(machines.hostAddress()));
    private final Machines.Machine edge = machines.machine("edge");

    @BeforeEach
    void start() {
        if (farm.live().isEmpty()) {
            OTHERS.forEach(
                    name -> farm.add(name, name.startsWith("router") ? "'router'" : "'egress'", FarmRig.plain()));
            farm.add("edge", "'ingress'", FarmRig.plain().inbound("socks", edge.address(), SOCKS, "socks", "{}", "{}"));
        }
        farm.start();
    }

    @AfterAll
    void stop() {
        ledger.close();
        farm.close();
        machines.close();
    }

    private Trial trial(String name) {
        InetSocketAddress proxy = new InetSocketAddress(edge.address(), SOCKS);
        return new Trial(farm, "edge", proxy, name, ledger, SEED);
    }

    /** Sessions on the lost way are cut within 6 s; those that begin later than that take another one at once. Cutting it is itself not done in a moment. */
    private static void expectLeftInTime(List<Load.Session> sessions, long before, long cut) {
        List<Load.Session> lost = Load.lost(sessions);
        assertThat(lost).isNotEmpty().allSatisfy(session -> {
            assertThat(session.begun() - cut).as("begun before").isNegative();
            assertThat(session.endedAfter(before)).isLessThan(Busy.allow(SILENT_DEATH));
        });
        assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(SILENT_DEATH));
    }

    @Test
    void an_egress_that_the_ingress_cannot_reach_is_left_though_routers_see_it() {
        String exit = farm.address("exit");
        withoutExit(
                "no way between ingress and egress",
                Duration.ofSeconds(10),
                () -> {
                    edge.dropTo(exit);
                    edge.dropFrom(exit);
                },
                edge::heal);
    }

    @Test
    void an_egress_that_hears_nothing_any_more_is_left() {
        withoutExit(
                "one-way block to an egress",
                Duration.ofSeconds(7),
                () -> edge.dropTo(farm.address("exit")),
                edge::heal);
    }

    @Test
    void an_egress_whose_wire_was_out_comes_back_by_itself() {
        Machines.Machine exit = machines.machine("exit");
        withoutExit(
                "wire of an egress out for 15 s",
                Duration.ofSeconds(15),
                () -> exit.wire(false),
                () -> exit.wire(true));
    }

    /** Takes the way to an egress for a while: its sessions are left in time, and it serves once it has it back. */
    private void withoutExit(String name, Duration time, Runnable cut, Runnable heal) {
        try (Trial trial = trial(name)) {
            trial.holdAt("exit");
            long before = System.nanoTime();
            cut.run();
            trial.load().hold(false);
            long since = System.nanoTime();
            Await.pace(time);
            heal.run();
            trial.awaitWhole(Busy.allow(HEALED));
            Trial.say("the egress serves", trial.awaitServing("exit", MINUTE));
            expectLeftInTime(trial.finish(), before, since);
        } finally {
            heal.run();
        }
    }

    /** What it is asked arrives, and its answers are lost. The first router is the farm's oldest node, which Hazelcast obeys. */
    @ParameterizedTest
    @CsvSource({"router, 7", "router2, 20"})
    void a_router_that_nobody_hears_costs_no_session(String name, int seconds) {
        withoutRouter(name, "is heard by nobody", seconds, Machines.Machine::dropTo);
    }

    /** What it is asked is lost, and it goes on saying that it is there. */
    @ParameterizedTest
    @CsvSource({"router, 20", "router2, 7"})
    void a_router_that_hears_nobody_costs_no_session(String name, int seconds) {
        withoutRouter(name, "hears nobody", seconds, Machines.Machine::dropFrom);
    }

    private void withoutRouter(String name, String what, int seconds, BiConsumer<Machines.Machine, String> cut) {
        Machines.Machine router = machines.machine(name);
        try (Trial trial = trial(name + " " + what)) {
            Trial.say("it decides", trial.awaitDeciding(name, MINUTE));
            farm.live().stream()
                    .filter(other -> !other.equals(name))
                    .map(farm::address)
                    .forEach(other -> cut.accept(router, other));
            Await.pace(Duration.ofSeconds(seconds));
            router.heal();
            trial.awaitWhole(Busy.allow(HEALED));
            Trial.say("it decides again", trial.awaitDeciding(name, MINUTE));
            List<Load.Session> sessions = trial.finish();
            assertThat(Load.lost(sessions)).isEmpty();
            assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(RETRIED));
        } finally {
            router.heal();
        }
    }

    @Test
    void an_ingress_that_is_cut_off_refuses_in_time_and_serves_again() {
        try (Trial trial = trial("ingress cut off")) {
            long cut = System.nanoTime();
            OTHERS.stream().map(farm::address).forEach(other -> {
                edge.dropTo(other);
                edge.dropFrom(other);
            });
            Await.pace(Duration.ofSeconds(8));
            List<Load.Session> refused = Load.lost(trial.load().begunSince(cut + SILENT_DEATH.toNanos()));
            edge.heal();
            Trial.say("10 new sessions completed", trial.load().awaitCompleted(10, Busy.allow(HEALED)));
            trial.awaitWhole(Busy.allow(HEALED));
            List<Load.Session> sessions = trial.finish();
            assertThat(refused).isNotEmpty().allSatisfy(session -> {
                assertThat(session.outcome()).isEqualTo(Load.Outcome.REFUSED);
                assertThat(session.setup()).isLessThan(Busy.allow(RETRIED.plus(RETRIED)));
            });
            assertThat(Load.lost(sessions))
                    .filteredOn(session -> session.begun() - cut < 0)
                    .allSatisfy(session -> assertThat(session.endedAfter(cut)).isLessThan(Busy.allow(SILENT_DEATH)));
        } finally {
            edge.heal();
        }
    }
}
