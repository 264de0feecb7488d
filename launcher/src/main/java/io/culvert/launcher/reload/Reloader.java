package io.culvert.launcher.reload;

import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.diff.Change;
import io.culvert.config.diff.ConfigDiff;
import io.culvert.config.reader.ConfigCheck;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import io.culvert.files.FileFaults;
import io.culvert.launcher.log.Logs;
import io.culvert.model.ConfigVersion;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes other configurations while the node runs (design section 6): one at a time, whole or not at all, in two steps of which
 * the first may fail and changes nothing, and the second changes everything. Any thread.
 */
public final class Reloader {
    /** How long a prepared configuration waits for its commit before it is dropped by itself. */
    public static final long PREPARED_MILLIS = 15_000;

    private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);
    private static final int DIGEST_DIGITS = 16;
    private static final int HEXADECIMAL = 16;
    private static final String BUSY = "another configuration is being applied";

    private final Vertx vertx;
    private final Environment environment;
    private final Target target;
    private final AtomicReference<@Nullable Object> holder = new AtomicReference<>();
    private final @Nullable AppliedFile file;
    private volatile Snapshot current;
    private volatile @Nullable Earlier previous;
    /** What has been said once to stay as it is. */
    private final Set<String> saidToBeKept = ConcurrentHashMap.newKeySet();

    /** One that keeps nothing over a restart. */
    public Reloader(Vertx vertx, Environment environment, Target target, Snapshot first) {
        this(vertx, environment, target, first, null, null);
    }

    /**
     * @param environment what the texts may refer to
     * @param first what the target runs now
     * @param previous what has run before it, where that is known
     * @param file keeps what is committed, or null
     */
    public Reloader(
            Vertx vertx,
            Environment environment,
            Target target,
            Snapshot first,
            @Nullable Earlier previous,
            @Nullable AppliedFile file) {
        this.vertx = vertx;
        this.environment = environment;
        this.target = target;
        this.current = first;
        this.previous = previous;
        this.file = file;
    }

    /** What runs now. */
    public Snapshot current() {
        return current;
    }

    /** What has run before it and says something else, or null where that is not known. */
    public @Nullable Earlier previous() {
        return previous;
    }

    /** Prepares and commits under the next epoch, unless the texts say what runs already; fails with {@link ReloadFailure}. */
    public Future<Applied> apply(List<Source> sources) {
        return prepare(sources)
                .compose(made -> made.outlook().changesNothing()
                        ? made.discard().map(_ -> made.outlook().unchanged(current.epoch()))
                        : made.commit());
    }

    /** What {@link #apply} would do; nothing has changed then. Fails with {@link ReloadFailure}. */
    public Future<Applied> tryOut(List<Source> sources) {
        return prepare(sources)
                .compose(made -> made.discard()
                        .map(_ -> made.outlook().changesNothing()
                                ? made.outlook().unchanged(current.epoch())
                                : made.outlook().possible()));
    }

    /** Compares texts with what runs, on this node alone; fails with {@link ReloadFailure} where they cannot be read. */
    Future<Applied> compare(List<Source> sources) {
        Snapshot runs = current;
        return read(sources, (config, diagnostics) -> {
            Applied seen = new Applied(runs.epoch(), ConfigDiff.between(runs.config(), config), diagnostics);
            return seen.changesNothing() ? seen.unchanged(runs.epoch()) : seen.possible();
        });
    }

    /** What runs now has some of, and would have none of by these texts: {@code inbound}, {@code outbound}; fails as {@link #compare} does. */
    public Future<List<String>> emptied(List<Source> sources) {
        CulvertConfig runs = current.config();
        return read(sources, (config, _) -> {
            List<String> none = new ArrayList<>();
            if (config.inbounds().isEmpty() && !runs.inbounds().isEmpty()) {
                none.add("inbound");
            }
            if (config.outbounds().isEmpty() && !runs.outbounds().isEmpty()) {
                none.add("outbound");
            }
            return none;
        });
    }

    private <T> Future<T> read(List<Source> sources, BiFunction<CulvertConfig, List<Diagnostic>, T> use) {
        return vertx.executeBlocking(() -> ConfigCheck.load(sources, environment), false)
                .compose(read -> {
                    LoadResult loaded = Objects.requireNonNull(read);
                    CulvertConfig config = loaded.config();
                    return config == null
                            ? Future.failedFuture(ReloadFailure.invalid(loaded.diagnostics()))
                            : Future.succeededFuture(use.apply(config, loaded.diagnostics()));
                });
    }

    /** What texts are called that are applied now. */
    public static ConfigVersion version(long epoch, List<Source> sources) {
        StringBuilder all = new StringBuilder();
        sources.forEach(source ->
                all.append(source.name()).append('\0').append(source.text()).append('\0'));
        return new ConfigVersion(
                epoch,
                System.currentTimeMillis(),
                Long.parseUnsignedLong(TextProcessor.digest(all.toString()).substring(0, DIGEST_DIGITS), HEXADECIMAL));
    }

    /**
     * The first step. Until the second no other configuration can be prepared; after {@link #PREPARED_MILLIS} without one it
     * is dropped.
     *
     * @return fails with {@link ReloadFailure}
     */
    public Future<Proposal> prepare(List<Source> sources) {
        return prepare(sources, false, null);
    }

    /**
     * {@link #prepare(List)} of texts that may be another node's.
     *
     * @param foreign whether they are: what they say of that node's own affairs is passed over without a word
     * @param called what they are called, which wins over what runs; null for the next epoch of this node
     */
    Future<Proposal> prepare(List<Source> sources, boolean foreign, @Nullable ConfigVersion called) {
        Object token = new Object();
        if (!holder.compareAndSet(null, token)) {
            return Future.failedFuture(ReloadFailure.busy(BUSY));
        }
        Snapshot before = current;
        ConfigVersion version = called == null ? version(before.epoch() + 1, sources) : called;
        return vertx.executeBlocking(() -> ConfigCheck.load(sources, environment), false)
                .compose(loaded -> prepare(before, sources, version, foreign, Objects.requireNonNull(loaded), token))
                .onFailure(_ -> holder.compareAndSet(token, null));
    }

    private Future<Proposal> prepare(
            Snapshot before,
            List<Source> sources,
            ConfigVersion version,
            boolean foreign,
            LoadResult loaded,
            Object token) {
        CulvertConfig config = loaded.config();
        if (config == null) {
            return Future.failedFuture(ReloadFailure.invalid(loaded.diagnostics()));
        }
        List<Change> changes = ConfigDiff.between(before.config(), config).stream()
                .filter(change -> !foreign || change.kind() == Change.Kind.APPLIED)
                .toList();
        CulvertConfig runnable = ConfigDiff.runnable(before.config(), config);
        return target.prepare(runnable, version)
                .recover(fault -> Future.failedFuture(unusable(fault)))
                .map(prepared -> new Proposal(
                        prepared,
                        version,
                        sources,
                        runnable,
                        new Applied(version.epoch(), changes, loaded.diagnostics()),
                        token));
    }

    private static ReloadFailure unusable(Throwable fault) {
        return fault instanceof ReloadFailure known
                ? known
                : ReloadFailure.unusable(String.valueOf(fault.getMessage()));
    }

    /** A configuration that can be committed or discarded; whichever comes first, once. */
    public final class Proposal {
        private final Target.Prepared prepared;
        private final ConfigVersion version;
        private final List<Source> sources;
        private final CulvertConfig config;
        private final Applied outlook;
        private final Object token;
        private final AtomicBoolean open = new AtomicBoolean(true);
        private final long expiry;
        private volatile Runnable over = () -> {};

        private Proposal(
                Target.Prepared prepared,
                ConfigVersion version,
                List<Source> sources,
                CulvertConfig config,
                Applied outlook,
                Object token) {
            this.prepared = prepared;
            this.version = version;
            this.sources = sources;
            this.config = config;
            this.outlook = outlook;
            this.token = token;
            this.expiry = vertx.setTimer(PREPARED_MILLIS, _ -> expire());
        }

        /** What its commit would do. */
        public Applied outlook() {
            return outlook;
        }

        private void expire() {
            discard().onSuccess(dropped -> {
                if (dropped) {
                    LOG.warn("a prepared configuration was not committed in time and is dropped");
                }
            });
        }

        /** Told once it has been committed, dropped or has expired. */
        void whenOver(Runnable task) {
            over = task;
            if (!open.get()) {
                task.run();
            }
        }

        private boolean take() {
            vertx.cancelTimer(expiry);
            boolean taken = open.compareAndSet(true, false);
            if (taken) {
                over.run();
            }
            return taken;
        }

        /** Drops it; false where it has been committed or dropped already. */
        public Future<Boolean> discard() {
            if (!take()) {
                return Future.succeededFuture(false);
            }
            return prepared.discard().transform(_ -> {
                holder.compareAndSet(token, null);
                return Future.succeededFuture(true);
            });
        }

        /**
         * The second step.
         *
         * @return fails with {@link ReloadFailure}: it was dropped before, or a socket could not be replaced
         */
        public Future<Applied> commit() {
            return commit(current.andBefore());
        }

        /** The same, where it comes from a node that has run others before it. */
        Future<Applied> commit(List<ConfigVersion> before) {
            if (!take()) {
                return Future.failedFuture(ReloadFailure.busy("it was dropped before its commit"));
            }
            return prepared.commit()
                    .map(_ -> {
                        if (!outlook.changesNothing()) {
                            previous = Earlier.of(current);
                        }
                        current = new Snapshot(version, sources, config, before);
                        Logs.level(config.log());
                        report(version.epoch(), outlook.changes());
                        return outlook;
                    })
                    .recover(fault -> Future.failedFuture(unusable(fault)))
                    .compose(done -> keep().map(done))
                    .andThen(_ -> holder.compareAndSet(token, null));
        }
    }

    /** Before whoever applied it is told so: what was said to be taken outlives a loss of power. */
    private Future<?> keep() {
        AppliedFile keeper = file;
        if (keeper == null) {
            return Future.succeededFuture();
        }
        Snapshot runs = current;
        Earlier before = previous;
        return vertx.<Void>executeBlocking(
                        () -> {
                            keeper.keep(runs, before);
                            return null;
                        },
                        false)
                .otherwise(fault -> {
                    LOG.error(
                            "configuration {} runs, and cannot be kept over a restart: {}",
                            runs.epoch(),
                            fault instanceof IOException failure ? FileFaults.of(failure) : fault);
                    return null;
                });
    }

    private void report(long epoch, List<Change> changes) {
        String applied = changes.stream()
                .filter(change -> change.kind() == Change.Kind.APPLIED)
                .map(Change::what)
                .collect(Collectors.joining("; "));
        LOG.warn("configuration {} runs: {}", epoch, applied.isEmpty() ? "nothing has changed" : applied);
        changes.stream()
                .filter(change -> change.kind() == Change.Kind.KEPT && saidToBeKept.add(change.what()))
                .forEach(change -> LOG.warn("configuration {}: {}", epoch, change.what()));
    }
}
