package io.culvert.bus;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of the control path. There is one per node and role and a few for all, never one per session: a clustered
 * consumer costs every node of the farm (reliability section 3).
 */
public final class BusAddresses {
    /** Where every node publishes its {@link NodeStatus}. */
    public static final String NODE_STATUS = "culvert.node.status";

    /** Where a node that has just started asks every other to publish its status at once. */
    public static final String NODE_QUERY = "culvert.node.query";

    private static final String ROUTER_PREFIX = "culvert.router.";

    private static final String CONFIG_PREFIX = "culvert.config.";

    private static final String STATUS_PREFIX = "culvert.node.status.";
    private static final String QUERY_PREFIX = "culvert.node.query.";
    private static final String DRAIN_PREFIX = "culvert.drain.";

    private static final List<String> PREFIXES =
            List.of(ROUTER_PREFIX, CONFIG_PREFIX, STATUS_PREFIX, QUERY_PREFIX, DRAIN_PREFIX);

    private BusAddresses() {}

    /** The id of the node that an address names, or null where it names none: such an address is never left by a node. */
    public static @Nullable String nodeOf(String address) {
        for (String prefix : PREFIXES) {
            if (address.startsWith(prefix)) {
                return address.substring(prefix.length());
            }
        }
        return null;
    }

    /** Where one node hears the others: {@code culvert.node.status.<nodeId>}. */
    public static String status(String nodeId) {
        return STATUS_PREFIX + nodeId;
    }

    /** Where one node is asked for its status: {@code culvert.node.query.<nodeId>}. */
    public static String query(String nodeId) {
        return QUERY_PREFIX + nodeId;
    }

    /** Where one node is asked to leave: {@code culvert.drain.<nodeId>}. */
    public static String drain(String nodeId) {
        return DRAIN_PREFIX + nodeId;
    }

    /** Where one node is asked about the farm's configuration: {@code culvert.config.<nodeId>}. */
    public static String config(String nodeId) {
        return CONFIG_PREFIX + nodeId;
    }

    /** The address of one node's router: {@code culvert.router.<nodeId>}. */
    public static String router(String nodeId) {
        return ROUTER_PREFIX + nodeId;
    }
}
