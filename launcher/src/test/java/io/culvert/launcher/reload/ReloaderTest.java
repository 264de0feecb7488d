package io.culvert.launcher.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.culvert.config.CulvertConfig;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.Source;
import io.culvert.model.ConfigVersion;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReloaderTest {
    private static final List<Source> FIRST = source(1);

    private final Vertx vertx = Vertx.vertx();
    private final FakeTarget target = new FakeTarget();
    private final Reloader reloader = new Reloader(
            vertx, Environment.ofProcess(), target, new Snapshot(Snapshot.FIRST_EPOCH, FIRST, config(FIRST)));

    private static List<Source> source(int inbounds) {
        StringBuilder text = new StringBuilder("{\"outbounds\": [{\"protocol\": \"freedom\"}], \"inbounds\": [");
        for (int i = 0; i < inbounds; i++) {
            text.append(i == 0 ? "" : ",")
                    .append("{\"listen\": \"127.0.0.1\", \"protocol\": \"socks\", \"port\": ")
                    .append(1080 + i)
                    .append("}");
        }
        return List.of(new Source("a.json", text.append("]}").toString()));
    }

    private static CulvertConfig config(List<Source> sources) {
        return Objects.requireNonNull(
                ConfigLoader.load(sources, Environment.ofProcess()).config());
    }

    @AfterEach
    void close() throws Exception {
        get(vertx.close());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static ReloadFailure failureOf(Future<?> future) {
        Throwable fault = catchThrowable(() -> get(future));
        if (fault instanceof ExecutionException wrapped && wrapped.getCause() instanceof ReloadFailure failure) {
            return failure;
        }
        throw new AssertionError("not refused as a reload is", fault);
    }

    @Test
    void eachAppliedConfigurationHasTheNextEpoch() throws Exception {
        Applied applied = get(reloader.apply(source(2)));
        assertThat(applied.epoch()).isEqualTo(2);
        assertThat(applied.changes()).hasToString("[inbound #2 added]");
        assertThat(get(reloader.apply(source(3))).epoch()).isEqualTo(3);
        assertThat(target.told).containsExactly("prepare 2", "commit 2", "prepare 3", "commit 3");
        assertThat(reloader.current().epoch()).isEqualTo(3);
        assertThat(reloader.current().sources()).isEqualTo(source(3));
        assertThat(reloader.current().config().inbounds()).hasSize(3);
    }

    @Test
    void aWrongTextReachesNobody() throws Exception {
        ReloadFailure failure = failureOf(reloader.apply(List.of(new Source("b.json", "{\n \"inbounds\": [{}\n"))));
        assertThat(failure.kind()).isEqualTo(ReloadFailure.Kind.INVALID);
        assertThat(failure.lines()).singleElement().asString().startsWith("b.json:3:1  error  ");
        assertThat(target.told).isEmpty();
        assertThat(get(reloader.apply(source(2))).epoch()).isEqualTo(2);
    }

    @Test
    void whatCannotBePreparedChangesNothing() throws Exception {
        target.preparing = Future.failedFuture("a port is taken");
        ReloadFailure failure = failureOf(reloader.apply(source(2)));
        assertThat(failure.kind()).isEqualTo(ReloadFailure.Kind.UNUSABLE);
        assertThat(failure.lines()).containsExactly("a port is taken");
        target.preparing = Future.succeededFuture();
        target.committing = Future.failedFuture("it came too late");
        assertThat(failureOf(reloader.apply(source(2)))).hasMessage("it came too late");
        assertThat(reloader.current().epoch()).isEqualTo(1);
        assertThat(reloader.current().sources()).isEqualTo(FIRST);
        target.committing = Future.succeededFuture();
        assertThat(get(reloader.apply(source(2))).epoch()).isEqualTo(2);
    }

    @Test
    void oneAtATime() throws Exception {
        Promise<Void> waiting = target.waitInPrepare();
        Future<Applied> first = reloader.apply(source(2));
        assertThat(failureOf(reloader.apply(source(3))).kind()).isEqualTo(ReloadFailure.Kind.BUSY);
        waiting.complete();
        assertThat(get(first).epoch()).isEqualTo(2);
        assertThat(get(reloader.apply(source(3))).epoch()).isEqualTo(3);
    }

    @Test
    void aPreparedOneIsCommittedOrDiscardedOnce() throws Exception {
        Reloader.Proposal dropped = get(reloader.prepare(source(2)));
        assertThat(failureOf(reloader.prepare(source(3))).kind()).isEqualTo(ReloadFailure.Kind.BUSY);
        assertThat(get(dropped.discard())).isTrue();
        assertThat(get(dropped.discard())).isFalse();
        assertThat(failureOf(dropped.commit()).kind()).isEqualTo(ReloadFailure.Kind.BUSY);
        Reloader.Proposal taken = get(reloader.prepare(source(3), false, ConfigVersion.of(17)));
        assertThat(get(taken.commit()).epoch()).isEqualTo(17);
        assertThat(get(taken.discard())).isFalse();
        assertThat(target.told).containsExactly("prepare 2", "discard", "prepare 3", "commit 17");
        assertThat(get(reloader.apply(source(1))).epoch()).isEqualTo(18);
    }

    @Test
    void whatChangesNothingHasNoEpochOfItsOwn() throws Exception {
        Applied same = get(reloader.apply(
                List.of(new Source("b.json", "// a comment\n" + FIRST.getFirst().text()))));
        assertThat(same.outcome()).isEqualTo(Applied.Outcome.UNCHANGED);
        assertThat(same.epoch()).isEqualTo(1);
        assertThat(reloader.current().sources()).isEqualTo(FIRST);
        assertThat(get(reloader.apply(source(2))).epoch()).isEqualTo(2);
    }

    @Test
    void aDryRunChangesNothing() throws Exception {
        Applied possible = get(reloader.tryOut(source(2)));
        assertThat(possible.outcome()).isEqualTo(Applied.Outcome.POSSIBLE);
        assertThat(possible.epoch()).isEqualTo(2);
        assertThat(possible.changes()).hasToString("[inbound #2 added]");
        assertThat(get(reloader.tryOut(FIRST)).outcome()).isEqualTo(Applied.Outcome.UNCHANGED);
        assertThat(target.told).containsExactly("prepare 2", "discard", "prepare 1", "discard");
        assertThat(reloader.current().epoch()).isEqualTo(1);
    }

    @Test
    void theOneBeforeIsKnown() throws Exception {
        assertThat(reloader.previous()).isNull();
        get(reloader.apply(source(2)));
        assertThat(reloader.previous()).isEqualTo(new Earlier(ConfigVersion.of(1), FIRST));
        get(reloader.apply(source(3)));
        assertThat(Objects.requireNonNull(reloader.previous()).sources()).isEqualTo(source(2));
        // One that another node gave a later epoch, and that says the same, is not gone back from.
        get(get(reloader.prepare(source(3), true, ConfigVersion.of(9))).commit());
        assertThat(Objects.requireNonNull(reloader.previous()).sources()).isEqualTo(source(2));
    }
}
