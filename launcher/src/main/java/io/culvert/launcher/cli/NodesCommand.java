package io.culvert.launcher.cli;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code culvert nodes}. */
@Command(name = "nodes", description = "Lists the nodes of the farm, or takes one out.")
final class NodesCommand extends HelpfulCommand {
    private static final List<String> HEAD = List.of("NAME", "ROLES", "SESSIONS", "LOAD", "EPOCH", "STATE");

    private final CliContext context;

    @Mixin
    private final StateOption state = new StateOption();

    NodesCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        HttpResponse<String> answer = AdminClient.of(state.path(context)).get("/api/nodes");
        if (answer.statusCode() != 200) {
            throw new CommandFailure(Exit.FAILED, "the node answered " + answer.statusCode());
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        try {
            JsonArray nodes = new JsonArray(answer.body());
            for (int i = 0; i < nodes.size(); i++) {
                rows.add(row(nodes.getJsonObject(i)));
            }
        } catch (DecodeException | ClassCastException _) {
            throw new CommandFailure(Exit.FAILED, "the node's answer is not a list of nodes");
        }
        print(rows);
        return Exit.OK;
    }

    private static List<String> row(JsonObject node) {
        return List.of(
                node.getString("name", ""),
                node.getJsonArray("roles", new JsonArray()).stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(",")),
                String.valueOf(node.getInteger("sessions", 0)),
                node.getInteger("load", 0) + "%",
                String.valueOf(node.getLong("epoch", 0L)),
                state(node));
    }

    /** {@code ready}, {@code draining (268 s left)}, and what the operator should know besides. */
    private static String state(JsonObject node) {
        String state = node.getString("state", "");
        int seconds = node.getInteger("drainSeconds", 0);
        long overruled = node.getLong("overruled", 0L);
        return state
                + (seconds > 0 ? " (" + seconds + " s left)" : "")
                + (overruled > 0 ? ", configuration " + overruled + " applied there was overruled" : "")
                + (node.getBoolean("alone", false) ? ", alone: none of its members answers" : "");
    }

    private void print(List<List<String>> rows) {
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = row.get(i);
                line.append(cell);
                if (i < widths.length - 1) {
                    line.repeat(' ', widths[i] - cell.length() + 2);
                }
            }
            context.out().println(line);
        }
    }

    /** {@code culvert nodes drain NAME}. */
    @Command(name = "drain", description = "Has a node finish its sessions and leave.")
    static final class Drain extends HelpfulCommand {
        private final CliContext context;

        @Parameters(paramLabel = "NAME", description = "The node, as 'culvert nodes' calls it.")
        private String name = "";

        @Mixin
        private final StateOption state = new StateOption();

        Drain(CliContext context) {
            this.context = context;
        }

        @Override
        public Integer call() throws Exception {
            String path = "/api/nodes/"
                    + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20") + "/drain";
            HttpResponse<String> answer = AdminClient.of(state.path(context)).post(path);
            return switch (answer.statusCode()) {
                case 202 -> {
                    context.out().println(name + " drains");
                    yield Exit.OK;
                }
                case 200 -> {
                    context.out().println(name + " is already draining");
                    yield Exit.OK;
                }
                case 404 -> throw new CommandFailure(Exit.FAILED, "there is no node \"" + name + "\"");
                default -> throw new CommandFailure(Exit.FAILED, "the node answered " + answer.statusCode());
            };
        }
    }
}
