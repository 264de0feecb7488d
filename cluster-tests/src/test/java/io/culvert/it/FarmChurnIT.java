package io.culvert.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.it.harness.Admin;
import io.culvert.it.harness.Await;
import io.culvert.it.harness.Busy;
import io.culvert.it.harness.FarmRig;
import io.culvert.it.harness.Ledger;
import io.culvert.it.harness.Load;
import io.culvert.it.harness.NodeConfig;
import io.culvert.it.harness.Ports;
import io.culvert.it.harness.Trial;
import io.culvert.it.harness.XorExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Nodes that come and go, and configurations that change, while sessions run. {@code -Dculvert.it.joins=100},
 * {@code -Dculvert.it.reloads=1000} and {@code -Dculvert.it.kills=100} make it as long as the release's figures.
 */
@Tag("faults")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FarmChurnIT {
    private static final int JOINS = Integer.getInteger("culvert.it.joins", 4);
    private static final int RELOADS = Integer.getInteger("culvert.it.reloads", 10);
    private static final int KILLS = Integer.getInteger("culvert.it.kills", 4);
    private static final int PER_KILL = 5;
    private static final Duration RELOAD_EVERY =
            Duration.ofMillis(Integer.getInteger("culvert.it.reload.millis", 1_000));
    private static final long SEED = Long.getLong("culvert.it.seed", System.nanoTime() % 1_000_000);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SILENT_DEATH = Duration.ofSeconds(6);
    private static final Duration RETRIED = Duration.ofMillis(2_500);
    private static final List<String> GUESTS = List.of("router", "exit");

    /** When nodes were killed, by {@link System#nanoTime}: not before {@code from}, and none lived at {@code to}. */
    private record Deaths(long from, long to) {}

    private final int socks = Ports.free();
    private final FarmRig farm = new FarmRig()
            .add("core", "'router', 'egress'", FarmRig.plain())
            .add("edge", "'ingress'", edge())
            .add("router", "'router'", FarmRig.plain())
            .add("exit", "'egress'", FarmRig.plain());
    private final Ledger ledger = new Ledger();

    private NodeConfig edge() {
        return FarmRig.plain().inbound("socks", socks, "socks", "{}");
    }

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

    /** Two nodes leave and join each time: in order, then by SIGKILL, which costs the sessions of that egress and no other. */
    @Test
    void nodes_that_join_and_leave_cost_only_sessions_of_an_egress_that_died() {
        // Whoever joins takes what the farm has been given, and does not bring back what its own file says.
        apply("edge", variant(new Random(SEED)));
        long epoch = epoch("edge");
        try (Trial trial = trial(JOINS + " joins and leaves")) {
            List<Deaths> deaths = new ArrayList<>();
            Duration longest = Duration.ZERO;
            for (int done = 0; done < JOINS; done += GUESTS.size()) {
                if (done / GUESTS.size() % 2 == 0) {
                    GUESTS.forEach(name -> farm.node(name).beginToStop());
                    GUESTS.forEach(name ->
                            assertThat(farm.node(name).awaitExit()).as(name).isZero());
                } else {
                    trial.load().expectDeaths();
                    long from = System.nanoTime();
                    GUESTS.forEach(name -> farm.node(name).kill());
                    deaths.add(new Deaths(from, System.nanoTime()));
                }
                long start = System.nanoTime();
                farm.start();
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                longest = took.compareTo(longest) > 0 ? took : longest;
                trial.awaitServing("exit", MINUTE);
            }
            assertThat(farm.live()).allSatisfy(node -> assertThat(epoch(node)).isEqualTo(epoch));
            System.out.println("  the longest start and join of two took " + longest.toMillis() + " ms");
            List<Load.Session> sessions = trial.finish();
            assertThat(Load.lost(sessions))
                    .allSatisfy(session -> assertThat(deaths)
                            .anyMatch(some -> session.begun() - some.to < 0
                                    && session.ended() - some.from > 0
                                    && session.endedAfter(some.to).compareTo(Busy.allow(SILENT_DEATH)) < 0));
            assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(RETRIED));
        }
    }

    /** Each time another node is told, and all have it. */
    @Test
    void a_configuration_each_second_costs_no_session() {
        Random random = new Random(SEED);
        List<String> nodes = farm.live();
        try (Trial trial = trial(RELOADS + " configurations")) {
            long first = epoch("edge");
            for (int i = 1; i <= RELOADS; i++) {
                long next = System.nanoTime() + RELOAD_EVERY.toNanos();
                apply(nodes.get(i % nodes.size()), variant(random));
                Await.pace(Duration.ofNanos(Math.max(0, next - System.nanoTime())));
            }
            List<Load.Session> sessions = trial.finish();
            assertThat(Load.lost(sessions)).isEmpty();
            assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(RETRIED));
            for (String node : nodes) {
                Await.until(MINUTE, () -> node + " runs " + epoch(node), () -> epoch(node) == first + RELOADS);
            }
        }
    }

    /** It dies at any moment of one, and takes the latest when it comes back. */
    @Test
    void a_router_that_is_killed_while_configurations_change_costs_no_session() {
        Random random = new Random(SEED);
        List<String> others = List.of("core", "edge", "exit");
        long first = epoch("edge");
        try (Trial trial = trial(KILLS + " kills of a router, configurations all the time")) {
            for (int kill = 0; kill < KILLS; kill++) {
                Duration delay = Duration.ofMillis(random.nextInt(50));
                Runnable dying = () -> {
                    Await.pace(delay);
                    farm.node("router").kill();
                };
                Runnable applying = () -> {
                    for (int i = 0; i < PER_KILL; i++) {
                        applyUntilTaken(others.get(i % others.size()), variant(random));
                    }
                };
                XorExchange.atOnce(List.of(dying, applying), MINUTE);
                farm.start();
                applyUntilTaken("edge", variant(random));
            }
            List<Load.Session> sessions = trial.finish();
            assertThat(Load.lost(sessions)).isEmpty();
            assertThat(Load.slowest(sessions)).isLessThan(Busy.allow(RETRIED));
            long last = first + (long) KILLS * (PER_KILL + 1);
            for (String node : farm.live()) {
                Await.until(MINUTE, () -> node + " runs " + epoch(node), () -> epoch(node) >= last);
            }
            assertThat(farm.live()).extracting(this::epoch).containsOnly(epoch("edge"));
        }
    }

    /** A farm that has just lost a node may say so, and change nothing: then the same is asked again. */
    private void applyUntilTaken(String node, NodeConfig config) {
        try (Admin admin = farm.node(node).admin()) {
            Await.until(
                    MINUTE,
                    () -> node + " does not take a configuration",
                    () -> admin.apply(config.json()).status() == 200);
        }
    }

    private void apply(String node, NodeConfig config) {
        try (Admin admin = farm.node(node).admin()) {
            Admin.Answer answer = admin.apply(config.json());
            assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        }
    }

    private NodeConfig variant(Random random) {
        return edge().section("log", "{loglevel: 'info'}")
                .section("cluster", farm.cluster("edge", "'ingress'"))
                .outbound("hole", "blackhole", "{}")
                .rule("{port: " + (1 + random.nextInt(1_000)) + ", outboundTag: 'hole'}")
                .level0("{connIdle: " + (100 + random.nextInt(50)) + "}");
    }

    private long epoch(String node) {
        try (Admin admin = farm.node(node).admin()) {
            for (var one : admin.get("/api/nodes").body()) {
                if (one.path("name").asText().equals(node)) {
                    return one.path("epoch").asLong();
                }
            }
            throw new AssertionError(node + " does not know itself");
        }
    }
}
