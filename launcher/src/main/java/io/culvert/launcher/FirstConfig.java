package io.culvert.launcher;

import io.culvert.bus.ConfigMessage;
import io.culvert.config.CulvertConfig;
import io.culvert.config.diff.Change;
import io.culvert.config.diff.ConfigDiff;
import io.culvert.config.reader.ConfigCheck;
import io.culvert.config.reader.DiagnosticPrinter;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import io.culvert.files.FileFaults;
import io.culvert.launcher.cluster.Farm;
import io.culvert.launcher.reload.AppliedFile;
import io.culvert.launcher.reload.Earlier;
import io.culvert.launcher.reload.FarmConfig;
import io.culvert.launcher.reload.Kept;
import io.culvert.launcher.reload.Reloader;
import io.culvert.launcher.reload.Snapshot;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which configuration a node begins with: what it was applied last as long as its own file has not changed since, else that
 * file as the next one; in a farm that serves already, what the farm has been given in the meantime, and the changed file after
 * that.
 *
 * @param snapshot what it begins with
 * @param previous what it has run before, where that is known
 * @param fileWaits whether its own file has changed, and is to be applied on the farm once this node takes part
 * @param origin where that comes from, in words; empty for the node's own file at its first start
 */
record FirstConfig(Snapshot snapshot, @Nullable Earlier previous, boolean fileWaits, String origin) {
    private static final Logger LOG = LoggerFactory.getLogger(FirstConfig.class);

    /**
     * How often the directory is looked at until the other members have announced themselves, and how far apart: 10 s together. Those
     * that start themselves say so. A node that begins too soon with an old configuration serves nobody until it has caught up, and a cold one on a busy
     * machine needs seconds to hear the others; a member that has died is no member any more after 5 s.
     */
    private static final int LOOKS = 100;

    private static final long LOOK_MILLIS = 100;

    /** @return fails with {@link StartFailure} where the farm's configuration cannot be run on this node */
    static Future<FirstConfig> of(NodeRuntime runtime, CulvertConfig config, NodeOptions options) {
        Vertx vertx = runtime.vertx();
        AppliedFile file = options.applied();
        Snapshot own = new Snapshot(options.version(), options.sources(), config, List.of());
        Future<Resumed> resumed = file == null
                ? Future.succeededFuture(new Resumed(own, null, null, false))
                : vertx.executeBlocking(() -> Resumed.of(own, file), false).map(Objects::requireNonNull);
        Farm farm = runtime.farm();
        return resumed.compose(found -> farm == null ? Future.succeededFuture(found.alone()) : inFarm(farm, found))
                .compose(first -> vertx.executeBlocking(() -> first.keptIn(file), false))
                .map(Objects::requireNonNull)
                .onSuccess(FirstConfig::say);
    }

    private void say() {
        if (!origin.isEmpty()) {
            LOG.warn("this node begins with {}", origin);
        }
    }

    /**
     * What the node's own files say.
     *
     * @param own its own file
     * @param last what was applied last, as this node runs it, or null where that is not known
     * @param kept the same as it was kept
     * @param changed whether the own file has been changed since, and says something else
     */
    private record Resumed(
            Snapshot own, @Nullable Snapshot last, @Nullable Kept kept, boolean changed) {

        static Resumed of(Snapshot own, AppliedFile file) {
            Kept kept = file.read();
            if (kept == null) {
                return new Resumed(own, null, null, false);
            }
            LoadResult loaded = ConfigCheck.load(kept.sources(), Environment.ofProcess());
            CulvertConfig config = loaded.config();
            if (config == null) {
                LOG.error(
                        "configuration {}, which was applied last, cannot be read any more:",
                        kept.version().epoch());
                DiagnosticPrinter.lines(loaded.diagnostics()).forEach(LOG::error);
                return new Resumed(own, null, null, false);
            }
            Snapshot last = new Snapshot(
                    kept.version(), kept.sources(), ConfigDiff.runnable(own.config(), config), kept.before());
            boolean changed = !file.isOfThisFile(kept)
                    && ConfigDiff.between(last.config(), own.config()).stream()
                            .anyMatch(change -> change.kind() == Change.Kind.APPLIED);
            return new Resumed(own, last, kept, changed);
        }

        /** Where nobody else serves. */
        FirstConfig alone() {
            if (last == null || kept == null) {
                return new FirstConfig(own, null, false, "");
            }
            if (!changed) {
                return new FirstConfig(last, kept.previous(), false, origin(last));
            }
            Snapshot next = new Snapshot(
                    Reloader.version(1 + last.epoch(), own.sources()), own.sources(), own.config(), last.andBefore());
            return new FirstConfig(
                    next,
                    Earlier.of(last),
                    false,
                    "its own file as configuration " + next.epoch() + ": it has changed since configuration "
                            + last.epoch() + " was applied");
        }

        /** Where others serve, before this node has heard what. */
        FirstConfig beside() {
            return last == null || kept == null
                    ? new FirstConfig(own, null, false, "")
                    : new FirstConfig(last, kept.previous(), changed, origin(last));
        }

        private String origin(Snapshot last) {
            return "configuration " + last.epoch() + ", applied at "
                    + Instant.ofEpochMilli(last.version().millis()) + ", and not with its own file, which "
                    + (changed ? "has changed since and is applied next" : "has not changed since");
        }
    }

    private static Future<FirstConfig> inFarm(Farm farm, Resumed found) {
        return othersHeard(farm, LOOKS).compose(_ -> {
            boolean others = farm.directory().nodes().stream()
                    .anyMatch(node -> !node.node().equals(farm.nodeId()) && node.compatible());
            return others ? joined(farm, found.beside()) : Future.succeededFuture(found.alone());
        });
    }

    /** Nodes announce themselves when they are asked, which is at the start of the directory. */
    private static Future<Void> othersHeard(Farm farm, int looks) {
        if (looks == 0 || farm.directory().heardLately().containsAll(farm.otherMembers())) {
            return Future.succeededFuture();
        }
        Promise<Void> later = Promise.promise();
        farm.vertx().setTimer(LOOK_MILLIS, _ -> later.complete());
        return later.future().compose(_ -> othersHeard(farm, looks - 1));
    }

    private static Future<FirstConfig> joined(Farm farm, FirstConfig mine) {
        Vertx vertx = farm.vertx();
        return FarmConfig.toJoinWith(vertx, farm.nodeId(), farm.directory().nodes(), mine.snapshot.version())
                .compose(said -> said.texts().isEmpty()
                        ? Future.succeededFuture(mine)
                        : vertx.executeBlocking(() -> mine.of(said), false).map(Objects::requireNonNull))
                .recover(fault -> Future.failedFuture(
                        new StartFailure("the configuration of the farm cannot be run here: " + fault.getMessage())));
    }

    /** What a node of the farm runs in place of this. */
    private FirstConfig of(ConfigMessage said) throws StartFailure {
        List<Source> sources = FarmConfig.sources(said);
        LoadResult loaded = ConfigCheck.load(sources, Environment.ofProcess());
        CulvertConfig config = loaded.config();
        if (config == null) {
            throw new StartFailure(String.join("\n", DiagnosticPrinter.lines(loaded.diagnostics())));
        }
        return new FirstConfig(
                new Snapshot(said.version(), sources, ConfigDiff.runnable(snapshot.config(), config), said.before()),
                snapshot.epoch() == Snapshot.FIRST_EPOCH ? null : Earlier.of(snapshot),
                fileWaits,
                "configuration " + said.epoch() + " of the farm, not with that of its own files"
                        + (fileWaits ? ", which have changed and are applied next" : ""));
    }

    /** The same, once it outlives the next restart. */
    private FirstConfig keptIn(@Nullable AppliedFile file) {
        if (file == null || snapshot.epoch() == Snapshot.FIRST_EPOCH) {
            return this;
        }
        if (fileWaits) {
            file.notTaken();
        }
        try {
            file.keep(snapshot, previous);
        } catch (IOException e) {
            LOG.error("configuration {} cannot be kept over a restart: {}", snapshot.epoch(), FileFaults.of(e));
        }
        return this;
    }
}
