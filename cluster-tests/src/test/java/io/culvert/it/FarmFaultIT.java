package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Await;
import io.culvert.it.harness.Busy;
import io.culvert.it.harness.FarmRig;
import io.culvert.it.harness.Ledger;
import io.culvert.it.harness.Load;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.ProxyNode;
import io.culvert.it.harness.Trial;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Faults of whole nodes while sessions come and go (reliability sections 3 and 4, F1 to F7). Each session's bytes are checked at
 * both ends, each is accounted for, and nothing of it stays behind. {@code -Dculvert.it.seed} repeats a run,
 * {@code -Dculvert.it.rounds} makes it longer.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FarmFaultIT {
    private static final long SEED =
            Long.getLong("culvert.it.seed", ThreadLocalRandom.current().nextInt(1_000_000));
    private static final int ROUNDS = Integer.getInteger("culvert.it.rounds", 2);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration FREEZE = Duration.ofSeconds(10);
    /** A router that has died costs one try, an egress is left for another as soon as its link is suspect. */
    private static final Duration RETRIED = Duration.ofMillis(2_500);

    private static final Duration SILENT_DEATH = Duration.ofSeconds(6);
    private static final List<String> NODES = List.of("core", "router", "exit", "edge");

    private final int socks = Ports.free();
    private final FarmRig farm = new FarmRig()
            .add("core", "'router', 'egress'", FarmRig.plain())
            .add("router", "'router'", FarmRig.plain())
            .add("exit", "'egress'", FarmRig.plain())
            .add("edge", "'ingress'", FarmRig.plain().inbound("socks", socks, "socks", "{}"));
    private final Ledger ledger = new Ledger();

    @BeforeEach
    void start() {
        farm.start();
    }

    @AfterAll
    void stop() {
        ledger.close();
        farm.close();
    }

    private Trial trial(String name) {
        InetSocketAddress proxy = new InetSocketAddress(InetAddress.getLoopbackAddress(), socks);
        return new Trial(farm, "edge", proxy, name, ledger, SEED);
    }

    @Test
    void a_frozen_router_costs_no_session_and_serves_again() {
        try (Trial trial = trial("router frozen")) {
            farm.node("router").freeze(true);
            Await.pace(FREEZE);
            farm.node("router").freeze(false);
            trial.awaitWhole(MINUTE);
            Trial.say("the router decides again", trial.awaitDeciding("router", MINUTE));
            List<Load.Session> sessions = trial.finish();
            assertThat(Load.lost(sessions)).isEmpty();
            assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(RETRIED));
        }
    }

    @Test
    void a_frozen_egress_is_left_and_serves_again() {
        try (Trial trial = trial("egress frozen")) {
            trial.holdAt("exit");
            long frozen = System.nanoTime();
            farm.node("exit").freeze(true);
            trial.load().hold(false);
            Await.pace(SILENT_DEATH);
            long left = System.nanoTime();
            Await.pace(FREEZE.minus(SILENT_DEATH));
            farm.node("exit").freeze(false);
            trial.awaitWhole(MINUTE);
            Trial.say("the egress that was frozen serves", trial.awaitServing("exit", MINUTE));
            List<Load.Session> sessions = trial.finish();
            List<Load.Session> lost = Load.lost(sessions);
            assertThat(lost).isNotEmpty().allSatisfy(session -> {
                assertThat(session.endedAfter(frozen)).isLessThan(Busy.allow(SILENT_DEATH));
            });
            List<Load.Session> later =
                    sessions.stream().filter(one -> one.begun() - left > 0).toList();
            assertThat(Load.lost(later)).isEmpty();
            assertThat(Load.slowest(later)).isLessThan(Busy.allow(RETRIED));
        }
    }

    @Test
    void a_frozen_ingress_leaves_nothing_at_its_egresses_and_serves_again() {
        try (Trial trial = trial("ingress frozen")) {
            trial.load().patience(FREEZE.multipliedBy(2));
            farm.node("edge").freeze(true);
            Await.until(
                    Busy.allow(SILENT_DEATH), () -> ledger.open() + " destinations are open", () -> ledger.open() == 0);
            Await.pace(FREEZE.minus(SILENT_DEATH));
            farm.node("edge").freeze(false);
            Trial.say("the ingress that was frozen serves", trial.load().awaitCompleted(10, Busy.allow(FREEZE)));
            trial.awaitWhole(MINUTE);
            trial.finish();
        }
    }

    @Test
    void a_router_that_is_stopped_costs_no_session() {
        try (Trial trial = trial("router stopped")) {
            assertThat(farm.node("router").terminate()).isZero();
            trial.load().awaitCompleted(20, MINUTE);
            List<Load.Session> sessions = trial.finish();
            assertThat(Load.lost(sessions)).isEmpty();
            assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(RETRIED));
        }
    }

    @Test
    void an_egress_that_is_stopped_costs_no_session() {
        try (Trial trial = trial("egress stopped")) {
            assertThat(farm.node("exit").terminate()).isZero();
            trial.load().awaitCompleted(20, MINUTE);
            List<Load.Session> sessions = trial.finish();
            assertThat(Load.lost(sessions)).isEmpty();
            assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(RETRIED));
        }
    }

    @Test
    void an_ingress_that_is_stopped_lets_its_sessions_finish() {
        try (Trial trial = trial("ingress stopped")) {
            assertThat(farm.node("edge").terminate()).isZero();
            List<Load.Session> sessions = trial.finish();
            // Who came too late was told so, and nobody was cut.
            assertThat(Load.lost(sessions)).allMatch(session -> session.outcome() == Load.Outcome.REFUSED);
        }
    }

    @Test
    void a_router_and_an_egress_that_die_at_once_cost_the_sessions_of_the_egress_only() {
        try (Trial trial = trial("router and egress killed")) {
            trial.load().expectDeaths();
            long killed = System.nanoTime();
            farm.node("router").kill();
            farm.node("exit").kill();
            long dead = System.nanoTime();
            Trial.say("20 new sessions completed", trial.load().awaitCompleted(20, MINUTE));
            List<Load.Session> sessions = trial.finish();
            assertThat(Load.lost(sessions)).allSatisfy(session -> {
                assertThat(session.begun() - dead).as("begun before").isNegative();
                assertThat(session.endedAfter(killed)).isLessThan(Busy.allow(SILENT_DEATH));
            });
            assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(RETRIED));
        }
    }

    @Test
    void the_whole_farm_dies_and_serves_again() {
        try (Trial trial = trial("all killed")) {
            trial.load().expectDeathOfEntrance();
            NODES.forEach(name -> farm.node(name).kill());
            long start = System.nanoTime();
            farm.start();
            Trial.say("all see each other", Duration.ofNanos(System.nanoTime() - start));
            Trial.say("10 new sessions completed", trial.load().awaitCompleted(10, Busy.allow(Duration.ofSeconds(10))));
            trial.finish();
        }
    }

    /** Two nodes at a time, whichever, in whichever way. */
    @Test
    void whatever_happens_every_session_is_accounted_for_and_the_farm_serves_again() {
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            farm.start();
            try (Trial trial = trial("nemesis, round " + round)) {
                trial.load().patience(FREEZE.multipliedBy(2));
                trial.load().expectDeaths();
                List<String> two = new ArrayList<>(NODES);
                Collections.shuffle(two, random);
                List<ProxyNode> leaving = new ArrayList<>();
                for (String name : two.subList(0, 2)) {
                    disturb(trial, name, random, leaving);
                }
                Await.until(MINUTE, farm::logs, () -> leaving.stream().noneMatch(ProxyNode::isAlive));
                two.subList(0, 2).stream()
                        .map(farm::node)
                        .filter(ProxyNode::isAlive)
                        .forEach(node -> node.freeze(false));
                farm.start();
                trial.awaitWhole(MINUTE);
                Trial.say(
                        "10 new sessions completed",
                        trial.load().awaitCompleted(10, Busy.allow(Duration.ofSeconds(10))));
                trial.finish();
            }
        }
    }

    private void disturb(Trial trial, String name, Random random, List<ProxyNode> leaving) {
        ProxyNode node = farm.node(name);
        int how = random.nextInt(3);
        System.out.println("  " + List.of("kill ", "stop ", "freeze ").get(how) + name);
        switch (how) {
            case 0 -> {
                if (name.equals("edge")) {
                    trial.load().expectDeathOfEntrance();
                }
                node.kill();
            }
            case 1 -> {
                node.beginToStop();
                leaving.add(node);
            }
            default -> {
                node.freeze(true);
                Await.pace(Duration.ofMillis(500 + random.nextInt(5_500)));
            }
        }
        Await.pace(Duration.ofMillis(random.nextInt(1_000)));
    }
}
