package io.culvert.launcher;

import io.culvert.bus.ConfigMessage;
import io.culvert.config.diff.ConfigDiff;
import io.culvert.config.reader.ConfigCheck;
import io.culvert.config.reader.DiagnosticPrinter;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import io.culvert.launcher.cluster.Farm;
import io.culvert.launcher.reload.FarmConfig;
import io.culvert.launcher.reload.Snapshot;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which configuration a node of a farm begins with: its own file's, or what the farm has been given since its start. */
final class JoiningConfig {
    private static final Logger LOG = LoggerFactory.getLogger(JoiningConfig.class);

    /**
     * How often the directory is looked at until the other members have announced themselves, and how far apart: 10 s together. Those
     * that start themselves say so. A node that begins too soon with its own file's configuration serves nobody until it has caught up, and a cold one on a busy
     * machine needs seconds to hear the others; a member that has died is no member any more after 5 s.
     */
    private static final int LOOKS = 100;

    private static final long LOOK_MILLIS = 100;

    private JoiningConfig() {}

    /** @return fails where the farm's configuration cannot be run on this node */
    static Future<Snapshot> of(Farm farm, Snapshot own) {
        Vertx vertx = farm.vertx();
        return othersHeard(farm, LOOKS)
                .compose(_ -> FarmConfig.toJoinWith(
                        vertx, farm.nodeId(), farm.directory().nodes()))
                .compose(said -> said.texts().isEmpty()
                        ? Future.succeededFuture(own)
                        : vertx.executeBlocking(() -> read(said, own), false).map(Objects::requireNonNull));
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

    private static Snapshot read(ConfigMessage said, Snapshot own) throws StartFailure {
        List<Source> sources = FarmConfig.sources(said);
        LoadResult loaded = ConfigCheck.load(sources, Environment.ofProcess());
        if (loaded.config() == null) {
            throw new StartFailure(String.join("\n", DiagnosticPrinter.lines(loaded.diagnostics())));
        }
        LOG.warn("this node begins with configuration {} of the farm, not with that of its own files", said.epoch());
        return new Snapshot(said.version(), sources, ConfigDiff.runnable(own.config(), loaded.config()), said.before());
    }
}
