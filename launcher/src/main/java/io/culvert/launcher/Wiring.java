package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.config.CulvertConfig;
import io.culvert.config.reader.ConfigFiles;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Joins the parts of a node: the only place that sees ingress, router and egress together. */
final class Wiring {
    private Wiring() {}

    /** Reads the configuration that a command line names. */
    static LoadResult load(List<String> files, @Nullable String folder) {
        return ConfigFiles.load(files, folder, Path.of(""), Environment.ofProcess(), System.in);
    }

    /** Deploys egress, router and ingress, in that order, so that no session is accepted before it can be served. */
    static Future<DataPath> deploy(Vertx vertx, CulvertConfig config, NodeOptions options, Metrics metrics) {
        return Future.failedFuture(new StartFailure("the data path is not wired into this build"));
    }
}
