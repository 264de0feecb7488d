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
import io.culvert.launcher.reload.Applied;
import io.culvert.launcher.reload.ReloadFailure;
import io.culvert.launcher.reload.Reloader;
import io.culvert.launcher.reload.Snapshot;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
    private final Supplier<@Nullable Reloader> reloader;
    private final Function<List<Source>, Future<Applied>> apply;
    private final Supplier<List<NodeView>> nodes;
    private final Function<String, Future<Boolean>> drain;

    /**
     * @param dataPath null while the node starts, as {@code reloader} is
     * @param apply takes texts, on this node or on all of the farm
     * @param nodes this node, or all of the farm
     */
    NodeAdmin(
            Vertx vertx,
            Supplier<Boolean> ready,
            Supplier<@Nullable DataPath> dataPath,
            Supplier<@Nullable Reloader> reloader,
            Function<List<Source>, Future<Applied>> apply,
            Supplier<List<NodeView>> nodes,
            Function<String, Future<Boolean>> drain) {
        this.vertx = vertx;
        this.ready = ready;
        this.dataPath = dataPath;
        this.reloader = reloader;
        this.apply = apply;
        this.nodes = nodes;
        this.drain = drain;
    }

    @Override
    public boolean ready() {
        return ready.get();
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
        Reloader running = reloader.get();
        if (running == null) {
            return Future.succeededFuture(new ConfigView(0, List.of()));
        }
        Snapshot snapshot = running.current();
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
    public Future<ApplyResult> apply(List<ConfigView.Text> texts) {
        List<Source> sources =
                texts.stream().map(text -> new Source(text.name(), text.text())).toList();
        return apply.apply(sources)
                .<ApplyResult>map(NodeAdmin::taken)
                .recover(fault -> fault instanceof ReloadFailure failure
                        ? Future.succeededFuture(refused(failure))
                        : Future.failedFuture(fault));
    }

    private static ApplyResult taken(Applied applied) {
        return new ApplyResult.Taken(
                applied.epoch(),
                applied.changes().stream().map(Change::what).toList(),
                applied.warnings().stream().map(Diagnostic::toString).toList());
    }

    private static ApplyResult refused(ReloadFailure failure) {
        return switch (failure.kind()) {
            case INVALID, UNUSABLE -> new ApplyResult.Refused(Reloader.lines(failure));
            case BUSY -> new ApplyResult.Busy(String.valueOf(failure.getMessage()));
        };
    }

    @Override
    public Future<Boolean> drain(String node) {
        return drain.apply(node);
    }
}
