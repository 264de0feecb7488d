package io.culvert.launcher;

import io.culvert.bus.NodeStatus;
import io.culvert.config.CulvertConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.launcher.cluster.Farm;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which outbounds of a farm's configuration a node's egress opens. */
final class ServedOutbounds {
    private ServedOutbounds() {}

    /** The tags of the outbounds that name this node, one of its labels, or nobody. */
    static Set<String> tags(CulvertConfig config, @Nullable Farm farm) {
        Set<String> own = new HashSet<>();
        if (farm != null) {
            own.add(NodeStatus.nameOf(farm.nodeId()));
            own.addAll(farm.config().labels());
        }
        Set<String> tags = new HashSet<>();
        for (OutboundConfig outbound : config.outbounds()) {
            List<String> nodes = outbound.nodes();
            if (farm == null || nodes.isEmpty() || nodes.stream().anyMatch(own::contains)) {
                tags.add(outbound.tag());
            }
        }
        return Set.copyOf(tags);
    }
}
