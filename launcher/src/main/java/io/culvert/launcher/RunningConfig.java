package io.culvert.launcher;

import io.culvert.config.reader.ConfigFiles;
import io.culvert.config.reader.Source;
import io.culvert.files.FileFaults;
import io.culvert.launcher.reload.Applied;
import io.culvert.launcher.reload.AppliedFile;
import io.culvert.launcher.reload.Earlier;
import io.culvert.launcher.reload.FarmConfig;
import io.culvert.launcher.reload.FileWatch;
import io.culvert.launcher.reload.ReloadFailure;
import io.culvert.launcher.reload.Reloader;
import io.culvert.launcher.reload.Snapshot;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The configuration that a node runs, and how it takes others: from its own files, from an operator, for all of the farm. */
final class RunningConfig {
    private static final Logger LOG = LoggerFactory.getLogger(RunningConfig.class);

    /** How long the changed file of a start waits while another configuration is being applied, and how often. */
    private static final long BUSY_MILLIS = 250;

    private static final int BUSY_TIMES = 120;

    private final Vertx vertx;
    private final Reloader reloader;
    private final @Nullable FarmConfig farm;
    private final @Nullable AppliedFile file;
    private final List<Source> ownSources;
    private volatile @Nullable FileWatch watch;
    private volatile boolean stopped;

    /**
     * @param farm where the node is one of a farm
     * @param file where what is applied is kept, or null
     * @param ownSources the texts of the node's own file, as it was read at the start
     */
    RunningConfig(
            Vertx vertx,
            Reloader reloader,
            @Nullable FarmConfig farm,
            @Nullable AppliedFile file,
            List<Source> ownSources) {
        this.vertx = vertx;
        this.reloader = reloader;
        this.farm = farm;
        this.file = file;
        this.ownSources = List.copyOf(ownSources);
    }

    /** What runs now. */
    Snapshot current() {
        return reloader.current();
    }

    /**
     * Takes other texts, on all of the farm.
     *
     * @param dryRun only has every node say whether it could
     * @return fails with {@link ReloadFailure}; everything is as it was then
     */
    Future<Applied> apply(List<Source> sources, boolean dryRun) {
        if (stopped) {
            return Future.failedFuture(ReloadFailure.busy("the node is draining"));
        }
        if (farm == null) {
            return dryRun ? reloader.tryOut(sources) : reloader.apply(sources);
        }
        return dryRun ? farm.tryOut(sources) : farm.apply(sources);
    }

    /**
     * Fails with {@link ReloadFailure} where texts would take away the last inbound or the last outbound: more often than not they
     * are a part of a configuration, or the wrong file, and without an outbound every session of the farm is refused.
     */
    Future<?> checkNotEmptied(List<Source> sources) {
        return reloader.emptied(sources)
                .compose(none -> none.isEmpty()
                        ? Future.succeededFuture()
                        : Future.failedFuture(ReloadFailure.unusable("the configuration has no "
                                + String.join(" and no ", none)
                                + ", and what runs has: nothing has changed; ?force=true, \"apply --force\", takes it all the"
                                + " same")));
    }

    /** Takes what this node ran before what it runs; as {@link #apply} does. */
    Future<Applied> applyPrevious(boolean dryRun) {
        Earlier previous = reloader.previous();
        if (previous == null || previous.sources().isEmpty()) {
            return Future.failedFuture(
                    ReloadFailure.unusable("no configuration is known that this node has run before this one"));
        }
        return apply(previous.sources(), dryRun);
    }

    /**
     * Applies the node's own file, which has changed while the node did not run. Where it cannot be applied that is said, and the
     * node goes on with what the others run.
     *
     * @return never fails
     */
    Future<?> applyOwnFile() {
        return applyOwnFile(BUSY_TIMES);
    }

    private Future<?> applyOwnFile(int times) {
        return own(ownSources).transform(done -> {
            if (done.cause() instanceof ReloadFailure failure) {
                if (failure.kind() == ReloadFailure.Kind.BUSY && times > 0) {
                    Promise<Void> later = Promise.promise();
                    vertx.setTimer(BUSY_MILLIS, _ -> later.complete());
                    return later.future().compose(_ -> applyOwnFile(times - 1));
                }
                LOG.error("the file has changed, and is not applied; everything stays as it was:");
                failure.lines().forEach(LOG::error);
            } else if (done.failed()) {
                LOG.error("the changed file is not applied", done.cause());
            }
            return Future.succeededFuture();
        });
    }

    /** Takes what the node's own file says, and remembers that it has. */
    private Future<Applied> own(List<Source> sources) {
        AppliedFile keeper = file;
        Future<Applied> applied = apply(sources, false);
        return keeper == null
                ? applied
                : applied.compose(done -> vertx.<Void>executeBlocking(
                                () -> {
                                    keeper.taken(sources);
                                    return null;
                                },
                                false)
                        .otherwise(fault -> {
                            LOG.error(
                                    "{} cannot be written: {}",
                                    keeper.path(),
                                    fault instanceof IOException failure ? FileFaults.reason(failure) : fault);
                            return null;
                        })
                        .map(done));
    }

    /**
     * Watches the files of the configuration, and takes what they become. A node that joined a farm may run something else than
     * its files say: they count once they change, or whoever is started again would bring back what the farm has left.
     *
     * @param read reads them anew; may block
     * @param files absolute; none where all of it comes from elsewhere, which is read again only by {@link #lookNow}
     * @param folder whose files are watched too, or null
     */
    Future<Void> watch(Callable<ConfigFiles.Found> read, List<Path> files, @Nullable Path folder) {
        FileWatch begun = new FileWatch(vertx, read, this::own, ownSources);
        watch = begun;
        return begun.start(files, folder);
    }

    /**
     * Looks at the configuration's files now, and says in the log what comes of it.
     *
     * @return completes when that has been said; null where there are no files
     */
    @Nullable
    Future<Void> lookNow() {
        FileWatch watching = watch;
        return watching == null ? null : watching.lookNow();
    }

    /** Takes no others from now on. */
    void stop() {
        stopped = true;
        FileWatch watching = watch;
        if (watching != null) {
            watching.stop();
        }
    }
}
