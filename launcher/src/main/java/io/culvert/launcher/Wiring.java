package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.Position;
import io.culvert.launcher.cli.ConfigSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;

/** Joins the parts of a node: the only place that sees ingress, router and egress together. */
final class Wiring {
    private Wiring() {}

    /** Reads the configuration that a command line names. */
    static ConfigSource.Loaded load(List<String> files, List<String> folders) {
        return new ConfigSource.Loaded(
                null,
                List.of(new Diagnostic(
                        Severity.ERROR, Position.NONE, "the configuration reader is not wired into this build")));
    }

    /** Deploys egress, router and ingress, in that order, so that no session is accepted before it can be served. */
    static Future<DataPath> deploy(Vertx vertx, CulvertConfig config, NodeOptions options, Metrics metrics) {
        return Future.failedFuture(new StartFailure("the data path is not wired into this build"));
    }
}
