package io.culvert.launcher.reload;

import io.culvert.config.CulvertConfig;
import io.culvert.model.ConfigVersion;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A target that remembers what it was told, and fails or waits where a test says so. */
final class FakeTarget implements Target {
    final List<String> told = new CopyOnWriteArrayList<>();
    volatile Future<Void> preparing = Future.succeededFuture();
    volatile Future<Void> committing = Future.succeededFuture();

    Promise<Void> waitInPrepare() {
        Promise<Void> promise = Promise.promise();
        preparing = promise.future();
        return promise;
    }

    @Override
    public Future<Prepared> prepare(CulvertConfig next, ConfigVersion version) {
        told.add("prepare " + next.inbounds().size());
        return preparing.map(_ -> new Prepared() {
            @Override
            public Future<Void> commit() {
                told.add("commit " + version.epoch());
                return committing;
            }

            @Override
            public Future<Void> discard() {
                told.add("discard");
                return Future.succeededFuture();
            }
        });
    }
}
