package io.culvert.launcher;

import io.culvert.config.reader.LoadResult;
import io.culvert.launcher.cli.Cli;
import io.culvert.launcher.cli.CliContext;
import io.culvert.launcher.cli.ConfigSource;
import io.vertx.core.Future;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** {@link Main} with a data path whose number of live sessions is the first argument; runs {@code up} with the others. */
final class DemoMain {
    private DemoMain() {}

    public static void main(String[] args) {
        FakeDataPath path = new FakeDataPath();
        path.live = Integer.parseInt(args[0]);
        Shutdown shutdown = new Shutdown(status -> Runtime.getRuntime().halt(status));
        shutdown.install();
        Upkeep upkeep = new Upkeep();
        upkeep.install(shutdown);
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        CliContext context = new CliContext(
                out,
                out,
                Map.of(),
                Path.of(""),
                (_, _) -> new ConfigSource.Loaded(new LoadResult(null, List.of()), List.of()),
                (_, _, _) -> Future.succeededFuture(path),
                shutdown,
                upkeep);
        args[0] = "up";
        System.exit(Cli.execute(args, context));
    }
}
