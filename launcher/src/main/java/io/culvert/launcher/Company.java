package io.culvert.launcher;

import io.culvert.bus.NodeStatus;
import io.culvert.config.ClusterConfig;
import io.culvert.launcher.cluster.Farm;
import io.culvert.model.NodeRole;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The other nodes of a farm, as a start sees them. */
final class Company {
    private static final long LOOK_MILLIS = 100;

    /** How many nodes a line names. */
    private static final int NAMED = 8;

    private Company() {}

    /**
     * Waits until another node is heard.
     *
     * @param begun when the start began, by {@link System#nanoTime}
     * @param seconds how long a node is looked for, counted from there
     * @return fails with {@link StartFailure} where nobody is
     */
    static Future<Void> met(Farm farm, long begun, int seconds) {
        if (!farm.directory().others().isEmpty()) {
            return Future.succeededFuture();
        }
        if (System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(seconds)) {
            return Future.failedFuture(StartFailure.ofBeingAlone(
                    "no other node of farm " + farm.config().name() + " was met within " + seconds + " s at "
                            + String.join(", ", asked(farm.config()))));
        }
        Promise<Void> later = Promise.promise();
        farm.vertx().setTimer(LOOK_MILLIS, _ -> later.complete());
        return later.future().compose(_ -> met(farm, begun, seconds));
    }

    private static List<String> asked(ClusterConfig config) {
        String own = HostPort.of(config.bind(), config.port());
        return config.members().stream().filter(member -> !member.equals(own)).toList();
    }

    /** {@code joining farm farm-1 as ingress: asking 10.0.0.6:5701 …}; empty for a node whose members name no other. */
    static String joining(ClusterConfig config) {
        List<String> others = asked(config);
        return others.isEmpty()
                ? ""
                : "joining farm " + config.name() + " as " + roles(config) + ": asking " + String.join(", ", others)
                        + " …";
    }

    private static String roles(ClusterConfig config) {
        return config.roles().stream().sorted().map(NodeRole::text).collect(Collectors.joining(","));
    }

    /** {@code farm farm-1: node edge-1 (ingress) at 10.0.0.5:5701, bus 7442; 2 other nodes: exit-1, router-1}. */
    static String line(Farm farm) {
        List<String> others = farm.directory().others().stream()
                .map(NodeStatus::nameOf)
                .sorted()
                .toList();
        String count = switch (others.size()) {
            case 0 -> "no other node";
            case 1 -> "1 other node: ";
            default -> others.size() + " other nodes: ";
        };
        ClusterConfig config = farm.config();
        return "farm " + config.name() + ": node " + NodeStatus.nameOf(farm.nodeId()) + " (" + roles(config) + ") at "
                + HostPort.of(config.bind(), config.port()) + ", bus " + config.busPort()
                + (config.roles().contains(NodeRole.EGRESS)
                        ? ", link " + config.link().port()
                        : "") + "; "
                + count
                + others.stream().limit(NAMED).collect(Collectors.joining(", "))
                + (others.size() > NAMED ? ", …" : "");
    }
}
