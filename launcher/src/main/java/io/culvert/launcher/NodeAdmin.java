package io.culvert.launcher;

import io.culvert.admin.AdminServices;
import io.culvert.admin.ApplyResult;
import io.culvert.admin.ConfigView;
import io.culvert.admin.NodeView;
import io.culvert.admin.SessionView;
import io.culvert.config.Diagnostic;
import io.culvert.config.diff.Change;
import io.culvert.config.reader.SecretMask;
import io.culvert.config.reader.Source;
import io.culvert.egress.dial.LocalAddresses;
import io.culvert.launcher.reload.Applied;
import io.culvert.launcher.reload.ReloadFailure;
import io.culvert.launcher.reload.Snapshot;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A node as its admin server sees it. */
final class NodeAdmin implements AdminServices {
    private final Vertx vertx;
    private final Supplier<Boolean> ready;
    private final Supplier<@Nullable DataPath> dataPath;
    private final Supplier<@Nullable RunningConfig> running;
    private final Supplier<List<NodeView>> nodes;
    private final Function<String, Future<Drain>> drain;

    /**
     * @param dataPath null while the node starts, as {@code running} is
     * @param nodes this node, or all of the farm
     */
    NodeAdmin(
            Vertx vertx,
            Supplier<Boolean> ready,
            Supplier<@Nullable DataPath> dataPath,
            Supplier<@Nullable RunningConfig> running,
            Supplier<List<NodeView>> nodes,
            Function<String, Future<Drain>> drain) {
        this.vertx = vertx;
        this.ready = ready;
        this.dataPath = dataPath;
        this.running = running;
        this.nodes = nodes;
        this.drain = drain;
    }

    @Override
    public boolean ready() {
        return ready.get();
    }

    @Override
    public boolean isOwn(InetAddress address) {
        return LocalAddresses.all().contains(address);
    }

    @Override
    public List<SessionView> sessions() {
        DataPath path = dataPath.get();
        return path == null ? List.of() : path.sessions();
    }

    @Override
    public boolean closeSession(String id) {
        DataPath path = dataPath.get();
        return path != null && path.closeSession(id);
    }

    @Override
    public List<NodeView> nodes() {
        return nodes.get();
    }

    @Override
    public Future<ConfigView> config() {
        RunningConfig config = running.get();
        if (config == null) {
            return Future.succeededFuture(new ConfigView(0, List.of()));
        }
        Snapshot snapshot = config.current();
        return vertx.executeBlocking(() -> masked(snapshot), false).map(Objects::requireNonNull);
    }

    private static ConfigView masked(Snapshot snapshot) {
        return new ConfigView(
                snapshot.epoch(),
                snapshot.sources().stream()
                        .map(source -> new ConfigView.Text(source.name(), SecretMask.of(source)))
                        .toList());
    }

    @Override
    public Future<ApplyResult> apply(List<ConfigView.Text> texts, boolean dryRun, boolean force) {
        List<Source> sources =
                texts.stream().map(text -> new Source(text.name(), text.text())).toList();
        return applied(config -> (force ? Future.succeededFuture() : config.checkNotEmptied(sources))
                .compose(_ -> config.apply(sources, dryRun)));
    }

    @Override
    public Future<ApplyResult> applyPrevious(boolean dryRun) {
        return applied(config -> config.applyPrevious(dryRun));
    }

    private Future<ApplyResult> applied(Function<RunningConfig, Future<Applied>> how) {
        RunningConfig config = running.get();
        Future<Applied> applied =
                config == null ? Future.failedFuture(ReloadFailure.busy("the node is starting")) : how.apply(config);
        return applied.<ApplyResult>map(NodeAdmin::taken)
                .recover(fault -> fault instanceof ReloadFailure failure
                        ? Future.succeededFuture(refused(failure))
                        : Future.failedFuture(fault));
    }

    private static ApplyResult taken(Applied applied) {
        return new ApplyResult.Taken(
                applied.epoch(),
                applied.changes().stream().map(Change::what).toList(),
                applied.warnings().stream().map(Diagnostic::toString).toList(),
                switch (applied.outcome()) {
                    case TAKEN -> ApplyResult.Outcome.APPLIED;
                    case UNCHANGED -> ApplyResult.Outcome.UNCHANGED;
                    case POSSIBLE -> ApplyResult.Outcome.POSSIBLE;
                });
    }

    private static ApplyResult refused(ReloadFailure failure) {
        return switch (failure.kind()) {
            case INVALID, UNUSABLE -> new ApplyResult.Refused(failure.lines());
            case BUSY -> new ApplyResult.Busy(String.valueOf(failure.getMessage()));
        };
    }

    @Override
    public Future<Drain> drain(String node) {
        return drain.apply(node);
    }
}
