package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.config.CulvertConfig;
import io.culvert.config.Diagnostic;
import io.culvert.config.Diagnostic.Severity;
import io.culvert.config.Position;
import io.culvert.config.reader.ConfigLoader;
import io.culvert.config.reader.Environment;
import io.culvert.config.reader.LoadResult;
import io.culvert.config.reader.Source;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Joins the parts of a node: the only place that sees ingress, router and egress together. */
final class Wiring {
    private Wiring() {}

    /** Reads the configuration that a command line names. */
    static LoadResult load(List<String> files, @Nullable String folder) {
        List<Source> sources = new ArrayList<>();
        for (String file : files) {
            try {
                sources.add(new Source(file, Files.readString(Path.of(file))));
            } catch (IOException | InvalidPathException e) {
                Position position = new Position(file, 1, 1, "");
                return new LoadResult(null, List.of(new Diagnostic(Severity.ERROR, position, "cannot be read: " + e)));
            }
        }
        return ConfigLoader.load(sources, Environment.ofProcess());
    }

    /** Deploys egress, router and ingress, in that order, so that no session is accepted before it can be served. */
    static Future<DataPath> deploy(Vertx vertx, CulvertConfig config, NodeOptions options, Metrics metrics) {
        return Future.failedFuture(new StartFailure("the data path is not wired into this build"));
    }
}
