package io.culvert.launcher.cli;

import io.culvert.admin.ConfigBody;
import io.culvert.admin.ConfigView;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code culvert apply}. */
@Command(
        name = "apply",
        description =
                "Has the running node, and its farm, take a configuration, and keep it over restarts; exit status as"
                        + " that of test.")
final class ApplyCommand extends HelpfulCommand {
    private final CliContext context;

    @Mixin
    private final ConfigOptions config = new ConfigOptions();

    @Option(
            names = {"-dry-run", "--dry-run"},
            description = "Has every node say whether it could take the configuration; none does.")
    private boolean dryRun;

    @Option(
            names = {"-previous", "--previous"},
            description = "Goes back to the configuration that the node ran before the one that runs.")
    private boolean previous;

    @Option(
            names = {"-force", "--force"},
            description = "Takes a configuration also where it has no inbound, or no outbound, and what runs has.")
    private boolean force;

    @Mixin
    private final StateOption state = new StateOption();

    ApplyCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        if (previous && config.named()) {
            throw new CommandFailure(Exit.USAGE, "--previous names the configuration: leave out -c and -confdir");
        }
        return previous ? applyPrevious() : applyFiles();
    }

    private int applyPrevious() throws CommandFailure, InterruptedException {
        return report(AdminClient.of(state.path(context)).post("/api/config/previous?dry-run=" + dryRun), 0);
    }

    private int applyFiles() throws CommandFailure, InterruptedException {
        ConfigOptions.Read read = config.load(context.configSource(), context.out(), true);
        if (read == null) {
            return Exit.CONFIG;
        }
        List<ConfigView.Text> texts = read.texts();
        long bytes = ConfigBody.bytes(texts);
        if (bytes > ConfigBody.MOST_BYTES) {
            throw new CommandFailure(Exit.FAILED, tooLong(bytes));
        }
        return report(
                AdminClient.of(state.path(context))
                        .put(
                                "/api/config?dry-run=" + dryRun + "&force=" + force,
                                ConfigBody.SOURCES,
                                ConfigBody.of(texts)),
                bytes);
    }

    private int report(HttpResponse<String> answer, long bytes) throws CommandFailure {
        JsonObject body = json(answer);
        return switch (answer.statusCode()) {
            case 200 -> {
                context.out().println(outcome(body));
                lines(body, "changes").forEach(context.out()::println);
                yield Exit.OK;
            }
            case 422 -> {
                lines(body, "diagnostics").forEach(context.out()::println);
                yield Exit.CONFIG;
            }
            case 413 -> throw new CommandFailure(Exit.FAILED, tooLong(bytes));
            default ->
                throw new CommandFailure(
                        Exit.FAILED, body.getString("message", "the node answered " + answer.statusCode()));
        };
    }

    private static String outcome(JsonObject body) {
        String name = "configuration " + body.getLong("epoch");
        return switch (body.getString("outcome", "")) {
            case "unchanged" -> name + " runs already, nothing has changed";
            case "possible" -> "every node can take it, as " + name + "; none has";
            default -> name + " runs";
        };
    }

    private static String tooLong(long bytes) {
        return "the configuration has " + bytes + " bytes as it is sent, and a node takes at most "
                + ConfigBody.MOST_BYTES;
    }

    private static List<String> lines(JsonObject body, String name) {
        JsonArray lines = body.getJsonArray(name, new JsonArray());
        return lines.stream().map(String::valueOf).toList();
    }

    private static JsonObject json(HttpResponse<String> answer) {
        try {
            return new JsonObject(answer.body());
        } catch (DecodeException _) {
            return new JsonObject();
        }
    }
}
