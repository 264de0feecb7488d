package io.culvert.launcher.reload;

import io.culvert.config.Diagnostic;
import io.culvert.config.reader.ConfigFiles.Found;
import io.culvert.config.reader.Source;
import io.vertx.config.ConfigRetriever;
import io.vertx.config.ConfigRetrieverOptions;
import io.vertx.config.ConfigStoreOptions;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the files of a configuration by vertx-config and applies what they become, once it has been read the same twice: a
 * file may be met while it is being written.
 */
public final class FileWatch {
    /** How often the files are looked at, in milliseconds. */
    public static final long SCAN_MILLIS = 1_000;

    /** How long a change waits while another configuration is being applied, in milliseconds. */
    private static final long BUSY_MILLIS = 250;

    /** How long a change has to stay as it is, in milliseconds. */
    private static final long SETTLE_MILLIS = 50;

    private static final long NOTHING_LEFT = 0;

    /** How many texts that were refused are remembered, so that each is complained of once. */
    private static final int MOST_REFUSED = 64;

    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

    private final Vertx vertx;
    private final Context context;
    private final Callable<Found> read;
    private final Function<List<Source>, Future<Applied>> apply;
    private final Set<String> refused = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_REFUSED;
        }
    }));
    private volatile List<Source> last;
    private volatile @Nullable Found seen;
    private @Nullable ConfigRetriever retriever;
    private boolean stopped;
    private boolean applying;
    private boolean changed;
    private boolean asked;
    private Promise<Void> answer = Promise.promise();

    /**
     * @param read reads the files anew, as at the start; called on a worker thread
     * @param apply applies texts; fails with {@link ReloadFailure}
     * @param first the texts of the files as they were read at the start
     */
    public FileWatch(
            Vertx vertx, Callable<Found> read, Function<List<Source>, Future<Applied>> apply, List<Source> first) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.read = read;
        this.apply = apply;
        this.last = List.copyOf(first);
    }

    /**
     * Begins to watch, until {@link #stop}.
     *
     * @param files absolute; where there are none, and no folder, only {@link #lookNow} reads anything
     * @param folder whose {@code *.json} files are watched too, also new ones; or null
     * @return completes once every later change is seen
     */
    public Future<Void> start(List<Path> files, @Nullable Path folder) {
        if (files.isEmpty() && folder == null) {
            return Future.succeededFuture();
        }
        ConfigRetrieverOptions options =
                new ConfigRetrieverOptions().setScanPeriod(SCAN_MILLIS).setIncludeDefaultStores(false);
        for (Path file : files) {
            options.addStore(new ConfigStoreOptions()
                    .setType("file")
                    .setFormat(TextProcessor.FORMAT)
                    .setOptional(true)
                    .setConfig(new JsonObject().put("path", file.toString())));
        }
        if (folder != null) {
            JsonObject texts = new JsonObject().put("pattern", "*.json").put("format", TextProcessor.FORMAT);
            options.addStore(new ConfigStoreOptions()
                    .setType("directory")
                    .setOptional(true)
                    .setConfig(new JsonObject()
                            .put("path", folder.toString())
                            .put("filesets", new JsonArray().add(texts))));
        }
        Promise<Void> watching = Promise.promise();
        context.runOnContext(_ -> {
            if (stopped) {
                watching.complete();
                return;
            }
            ConfigRetriever made = ConfigRetriever.create(vertx, options);
            retriever = made;
            made.listen(_ -> changed());
            // What has changed since the start was read is seen now; what changes from here on is seen by the
            // retriever.
            made.getConfig().onSuccess(_ -> changed()).<Void>mapEmpty().onComplete(watching);
        });
        return watching.future();
    }

    /** Takes no further change: what is read while Vert.x ends would fail. Any thread. */
    public void stop() {
        context.runOnContext(_ -> {
            stopped = true;
            answer.tryComplete();
            if (retriever != null) {
                retriever.close();
            }
        });
    }

    /**
     * Looks now, and says what comes of it, also where that is nothing or was refused before. Any thread.
     *
     * @return completes when that has been said, or nothing will be
     */
    public Future<Void> lookNow() {
        Promise<Void> looked = Promise.promise();
        context.runOnContext(_ -> {
            answer.future().onComplete(looked);
            refused.clear();
            asked = true;
            look();
            if (stopped) {
                answer.tryComplete();
            }
        });
        return looked.future();
    }

    private void changed() {
        context.runOnContext(_ -> look());
    }

    private void look() {
        if (stopped) {
            return;
        }
        if (applying) {
            changed = true;
            return;
        }
        applying = true;
        changed = false;
        vertx.executeBlocking(read, false)
                .compose(found -> take(Objects.requireNonNull(found)))
                .onComplete(done -> context.runOnContext(_ -> looked(done)));
    }

    private void looked(AsyncResult<Long> done) {
        applying = false;
        if (done.failed()) {
            LOG.error("the configuration could not be looked at", done.cause());
        } else if (done.result() != NOTHING_LEFT) {
            vertx.setTimer(done.result(), _ -> changed());
            return;
        } else if (changed) {
            look();
            return;
        }
        Promise<Void> answered = answer;
        answer = Promise.promise();
        answered.complete();
    }

    /** After how many milliseconds it is to be looked at again, or {@link #NOTHING_LEFT}. */
    private Future<Long> take(Found found) {
        boolean settled = found.equals(seen);
        seen = found;
        if (found.diagnostics().isEmpty() && found.sources().equals(last)) {
            if (asked) {
                LOG.warn("the configuration was read again: nothing has changed");
            }
            asked = false;
            return Future.succeededFuture(NOTHING_LEFT);
        }
        if (!settled) {
            return Future.succeededFuture(SETTLE_MILLIS);
        }
        asked = false;
        if (!found.diagnostics().isEmpty()) {
            refuse(found.diagnostics().stream().map(Diagnostic::toString).toList(), found.sources());
            return Future.succeededFuture(NOTHING_LEFT);
        }
        return apply.apply(found.sources())
                .onSuccess(applied -> {
                    last = found.sources();
                    if (applied.outcome() == Applied.Outcome.UNCHANGED) {
                        LOG.warn("the changed file says what configuration {} says, which stays", applied.epoch());
                    }
                })
                .map(NOTHING_LEFT)
                .recover(fault -> {
                    if (!(fault instanceof ReloadFailure failure)) {
                        return Future.failedFuture(fault);
                    }
                    if (failure.kind() == ReloadFailure.Kind.BUSY) {
                        return Future.succeededFuture(BUSY_MILLIS);
                    }
                    refuse(failure.lines(), found.sources());
                    return Future.succeededFuture(NOTHING_LEFT);
                });
    }

    private void refuse(List<String> lines, List<Source> sources) {
        String content = sources.stream()
                .map(source -> source.name() + " " + TextProcessor.digest(source.text()))
                .collect(Collectors.joining("\n", "", String.join("\n", lines)));
        if (refused.add(content)) {
            LOG.error("the changed configuration is not applied, everything stays as it was:");
            lines.forEach(LOG::error);
        }
    }
}
