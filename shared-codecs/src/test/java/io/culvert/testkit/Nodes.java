package io.culvert.testkit;

import io.culvert.bus.NodeStatus;
import io.culvert.model.NodeRole;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;

/** Announcements of nodes. */
public final class Nodes {
    /** Where the link of every node of a test is said to listen. */
    public static final InetSocketAddress LINK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7443);

    private Nodes() {}

    /** An egress of the usual weight. */
    public static NodeStatus egress(
            String node, long epoch, Set<String> outboundTags, int sessions, boolean draining, int protocolVersion) {
        return new NodeStatus(
                node,
                epoch,
                Set.of(NodeRole.EGRESS),
                outboundTags,
                sessions,
                0,
                NodeStatus.USUAL_WEIGHT,
                draining,
                LINK,
                Set.of(),
                protocolVersion);
    }
}
