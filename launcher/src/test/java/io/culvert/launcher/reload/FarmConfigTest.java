package io.culvert.launcher.reload;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.NodeStatus;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.Source;
import io.culvert.model.ConfigVersion;
import io.culvert.model.NodeRole;
import io.culvert.testkit.Nodes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.test.fakecluster.FakeClusterManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three nodes and the real event bus between them. */
class FarmConfigTest {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final List<Source> FIRST = source(1080);

    private final List<Member> members = new ArrayList<>();
    /** Who hears whom: all, unless a test says otherwise. */
    private final List<Member> reachable = new CopyOnWriteArrayList<>();

    private final class Member {
        final String id;
        final Vertx vertx;
        final FakeTarget target = new FakeTarget();
        final Reloader reloader;
        final FarmConfig farm;
        volatile NodeRole role = NodeRole.EGRESS;
        /** Whom it hears where that is not all that can be reached. */
        volatile @Nullable List<Member> hears;

        Member(String id) throws Exception {
            this.id = id;
            vertx = get(
                    Vertx.builder().withClusterManager(new FakeClusterManager()).buildClustered());
            reloader = new Reloader(
                    vertx,
                    Environment.ofProcess(),
                    target,
                    new Snapshot(
                            Snapshot.FIRST_EPOCH,
                            FIRST,
                            Objects.requireNonNull(ConfigLoader.load(FIRST, Environment.ofProcess())
                                    .config())));
            farm = new FarmConfig(vertx, id, reloader, this::heard);
            get(farm.start());
            members.add(this);
            reachable.add(this);
        }

        private List<NodeStatus> heard() {
            List<Member> only = hears;
            return only == null
                    ? nodes()
                    : only.stream().map(FarmConfigTest::status).toList();
        }

        long epoch() {
            return reloader.current().epoch();
        }
    }

    private List<NodeStatus> nodes() {
        return reachable.stream().map(FarmConfigTest::status).toList();
    }

    private static NodeStatus status(Member member) {
        return new NodeStatus(
                member.id,
                member.reloader.current().version(),
                Set.of(member.role),
                Set.of(),
                0,
                0,
                NodeStatus.USUAL_WEIGHT,
                false,
                0,
                Nodes.LINK,
                Set.of(),
                NodeStatus.PROTOCOL_VERSION,
                member.farm.overruled());
    }

    private static List<Source> source(int port) {
        return List.of(new Source(
                "a.json",
                "{\"outbounds\": [{\"protocol\": \"freedom\"}], \"inbounds\": [{\"listen\": \"127.0.0.1\","
                        + " \"protocol\": \"socks\", \"port\": " + port + "}]}"));
    }

    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static <T> T get(Future<T> future) throws Exception {
        return Objects.requireNonNull(
                future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS));
    }

    private static ReloadFailure failureOf(Future<?> future) throws Exception {
        try {
            throw new AssertionError("not refused: " + get(future));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ReloadFailure failure) {
                return failure;
            }
            throw e;
        }
    }

    @AfterEach
    void close() throws Exception {
        for (Member member : members) {
            member.vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
        FakeClusterManager.reset();
    }

    @Test
    void whatIsAppliedOnOneRunsOnAll() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        Member c = new Member("c.1");
        assertThat(get(b.farm.apply(source(1081))).epoch()).isEqualTo(2);
        assertThat(get(c.farm.apply(source(1082))).epoch()).isEqualTo(3);
        for (Member member : List.of(a, b, c)) {
            assertThat(member.epoch()).isEqualTo(3);
            assertThat(member.reloader.current().sources()).isEqualTo(source(1082));
            assertThat(member.target.told).containsExactly("prepare 1", "commit 2", "prepare 1", "commit 3");
        }
    }

    @Test
    void whatOneCannotRunRunsNowhere() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        Member c = new Member("c.1");
        c.target.preparing = Future.failedFuture("a port is taken");
        ReloadFailure failure = failureOf(b.farm.apply(source(1081)));
        assertThat(failure.lines()).containsExactly("node c: a port is taken");
        assertThat(a.target.told).containsExactly("prepare 1", "discard");
        assertThat(b.target.told).containsExactly("prepare 1", "discard");
        assertThat(List.of(a.epoch(), b.epoch(), c.epoch())).containsOnly(1L);
        c.target.preparing = Future.succeededFuture();
        assertThat(get(b.farm.apply(source(1081))).epoch()).isEqualTo(2);
    }

    @Test
    void aWrongTextSaysWhereItIsWrong() throws Exception {
        Member a = new Member("a.1");
        new Member("b.1");
        ReloadFailure failure = failureOf(a.farm.apply(List.of(new Source("b.json", "{\n"))));
        assertThat(failure.lines().getFirst()).startsWith("b.json:");
    }

    @Test
    void ofTwoAtOnceOneWinsAndTheOtherIsTold() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        Promise<Void> waiting = a.target.waitInPrepare();
        Future<Applied> first = b.farm.apply(source(1081));
        until(() -> !a.target.told.isEmpty());
        assertThat(failureOf(a.farm.apply(source(1082))).kind()).isEqualTo(ReloadFailure.Kind.BUSY);
        waiting.complete();
        assertThat(get(first).epoch()).isEqualTo(2);
        assertThat(a.reloader.current().sources()).isEqualTo(source(1081));
    }

    @Test
    void theHighestEpochWinsOnceTheyHearEachOther() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        reachable.remove(b);
        assertThat(get(a.farm.apply(source(1081))).epoch()).isEqualTo(2);
        assertThat(get(a.farm.apply(source(1082))).epoch()).isEqualTo(3);
        assertThat(b.epoch()).isEqualTo(1);
        reachable.add(b);
        until(() -> b.epoch() == 3);
        assertThat(b.reloader.current().sources()).isEqualTo(source(1082));
        assertThat(b.target.told).containsExactly("prepare 1", "commit 3");
    }

    @Test
    void ofTwoChangesOfOneEpochTheLaterOneWinsAndTheOtherIsReported() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        Member c = new Member("c.1");
        a.hears = List.of(a, c);
        c.hears = List.of(a, c);
        b.hears = List.of(b);
        assertThat(get(a.farm.apply(source(1081))).epoch()).isEqualTo(2);
        // The clock that decides has milliseconds.
        long applied = a.reloader.current().version().millis();
        until(() -> System.currentTimeMillis() > applied);
        assertThat(get(b.farm.apply(source(1082))).epoch()).isEqualTo(2);
        List.of(a, b, c).forEach(member -> member.hears = null);
        for (Member member : List.of(a, c)) {
            until(() -> member.farm.overruled() == 2);
            assertThat(member.reloader.current().sources()).isEqualTo(source(1082));
            assertThat(member.epoch()).isEqualTo(2);
        }
        assertThat(b.farm.overruled()).isZero();
        assertThat(b.target.told).containsExactly("prepare 1", "commit 2");
        get(c.farm.apply(source(1083)));
        assertThat(List.of(a.farm.overruled(), c.farm.overruled())).containsOnly(0L);
    }

    @Test
    void whoWasOnlyLateHasLostNothing() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        get(a.farm.apply(source(1081)));
        reachable.remove(b);
        get(a.farm.apply(source(1082)));
        get(a.farm.apply(source(1083)));
        reachable.add(b);
        until(() -> b.epoch() == 4);
        assertThat(b.farm.overruled()).isZero();
    }

    @Test
    void ingressesTakeItLast() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        Member c = new Member("c.1");
        b.role = NodeRole.INGRESS;
        Promise<Void> slow = Promise.promise();
        c.target.committing = slow.future();
        Future<Applied> applied = a.farm.apply(source(1081));
        until(() -> c.target.told.contains("commit 2"));
        assertThat(b.target.told).containsExactly("prepare 1");
        slow.complete();
        get(applied);
        assertThat(b.target.told).containsExactly("prepare 1", "commit 2");
    }

    @Test
    void aNodeThatJoinsIsGivenWhatTheOthersRun() throws Exception {
        Member a = new Member("a.1");
        ConfigVersion first = ConfigVersion.of(Snapshot.FIRST_EPOCH);
        assertThat(get(FarmConfig.toJoinWith(a.vertx, "z.1", nodes(), first)).texts())
                .isEmpty();
        get(a.farm.apply(source(1081)));
        var said = get(FarmConfig.toJoinWith(a.vertx, "z.1", nodes(), first));
        assertThat(said.epoch()).isEqualTo(2);
        assertThat(FarmConfig.sources(said)).isEqualTo(source(1081));
        // It kept that one, or a later one, over its restart.
        assertThat(get(FarmConfig.toJoinWith(a.vertx, "z.1", nodes(), said.version()))
                        .texts())
                .isEmpty();
        assertThat(get(FarmConfig.toJoinWith(a.vertx, "z.1", nodes(), ConfigVersion.of(3)))
                        .texts())
                .isEmpty();
    }

    @Test
    void whatAllRunAlreadyHasNoEpochOfItsOwn() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        // What each was started with nobody has compared.
        assertThat(get(a.farm.apply(FIRST)).epoch()).isEqualTo(2);
        for (Member member : List.of(a, b)) {
            Applied same = get(member.farm.apply(List.of(
                    new Source("own.json", "// edited\n" + FIRST.getFirst().text()))));
            assertThat(same.outcome()).isEqualTo(Applied.Outcome.UNCHANGED);
            assertThat(same.epoch()).isEqualTo(2);
        }
        assertThat(List.of(a.epoch(), b.epoch())).containsOnly(2L);
        reachable.remove(b);
        get(a.farm.apply(source(1081)));
        // The one that is behind runs what the text says, and the others do not.
        b.hears = List.of(a, b);
        assertThat(get(b.farm.apply(FIRST)).epoch()).isEqualTo(4);
    }

    @Test
    void aDryRunAsksEveryNodeAndChangesNone() throws Exception {
        Member a = new Member("a.1");
        Member b = new Member("b.1");
        Applied possible = get(a.farm.tryOut(source(1081)));
        assertThat(possible.outcome()).isEqualTo(Applied.Outcome.POSSIBLE);
        assertThat(possible.epoch()).isEqualTo(2);
        assertThat(possible.changes()).hasToString("[inbound #1 changed]");
        for (Member member : List.of(a, b)) {
            assertThat(member.target.told).containsExactly("prepare 1", "discard");
            assertThat(member.epoch()).isEqualTo(1);
        }
        b.target.preparing = Future.failedFuture("a port is taken");
        assertThat(failureOf(a.farm.tryOut(source(1081))).lines()).containsExactly("node b: a port is taken");
        b.target.preparing = Future.succeededFuture();
        assertThat(get(a.farm.apply(source(1081))).epoch()).isEqualTo(2);
    }

    /** The last ones of a large farm too, and of those not more than some at a time. */
    @Test
    void aLargeFarmIsAskedInParts() throws Exception {
        Member first = new Member("a.1");
        List<Promise<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 2 * FarmConfig.PREPARED_AT_ONCE; i++) {
            waiting.add(new Member("m" + (10 + i) + ".1").target.waitInPrepare());
        }
        Future<Applied> applied = first.farm.apply(source(1081));
        until(() -> asked() == FarmConfig.PREPARED_AT_ONCE + 1);
        waiting.subList(1, FarmConfig.PREPARED_AT_ONCE).forEach(Promise::complete);
        // One of the first part has not answered: nobody else is asked.
        assertThat(asked()).isEqualTo(FarmConfig.PREPARED_AT_ONCE + 1);
        waiting.getFirst().complete();
        until(() -> asked() == members.size());
        waiting.subList(FarmConfig.PREPARED_AT_ONCE, waiting.size()).forEach(Promise::complete);
        assertThat(get(applied).epoch()).isEqualTo(2);
        assertThat(members).allSatisfy(member -> assertThat(member.epoch()).isEqualTo(2));
    }

    private long asked() {
        return members.stream().filter(member -> !member.target.told.isEmpty()).count();
    }
}
