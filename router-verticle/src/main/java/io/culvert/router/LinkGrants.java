package io.culvert.router;

import io.culvert.bus.NodeStatus;
import io.culvert.model.ConfigVersion;
import io.culvert.model.Destination;
import io.culvert.model.LinkGrant;
import io.culvert.model.SessionDescriptor;
import org.jspecify.annotations.Nullable;

/** Lets ingresses use the links of other nodes. */
@FunctionalInterface
public interface LinkGrants {
    /** Those of a node of its own: no link is needed. */
    LinkGrants NONE = (session, egress, outboundTag, target, config) -> null;

    /**
     * What one session needs to be opened by the egress of another node.
     *
     * @param egress the announcement of the node that was chosen
     * @param config the configuration by which it was decided, or null where the way there does not carry it
     * @return null where that node has no link
     */
    @Nullable
    LinkGrant grant(
            SessionDescriptor session,
            NodeStatus egress,
            String outboundTag,
            Destination target,
            @Nullable ConfigVersion config);
}
