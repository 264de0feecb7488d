package io.culvert.launcher;

import io.culvert.admin.NodeView;
import io.culvert.bus.NodeStatus;
import io.culvert.launcher.cluster.Farm;
import io.culvert.model.NodeRole;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What nodes say of themselves, as the admin API shows it. */
final class NodeViews {
    private NodeViews() {}

    /** A node that is no farm's. */
    static NodeView alone(String name, int sessions, long epoch, boolean draining, int drainSeconds) {
        return new NodeView(
                name,
                words(Set.of(NodeRole.values())),
                sessions,
                ProcessLoad.percent(),
                epoch,
                state(draining),
                drainSeconds,
                0,
                false);
    }

    /** All nodes of a farm that are heard. */
    static List<NodeView> of(Farm farm) {
        return farm.directory().nodes().stream()
                .map(node -> view(node, farm.isAlone() && node.node().equals(farm.nodeId())))
                .toList();
    }

    static NodeView view(NodeStatus node, boolean alone) {
        return new NodeView(
                node.name(),
                words(node.roles()),
                node.sessions(),
                node.load(),
                node.epoch(),
                state(node),
                node.drainSeconds(),
                node.overruled(),
                alone);
    }

    private static List<String> words(Set<NodeRole> roles) {
        return roles.stream()
                .sorted()
                .map(role -> role.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    private static String state(NodeStatus node) {
        return node.compatible()
                ? state(node.draining())
                : "incompatible (control path " + node.protocolVersion() + ", here " + NodeStatus.PROTOCOL_VERSION
                        + ")";
    }

    private static String state(boolean draining) {
        return draining ? "draining" : "ready";
    }
}
