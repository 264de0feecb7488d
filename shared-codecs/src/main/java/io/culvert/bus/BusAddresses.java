package io.culvert.bus;

/**
 * The addresses of the control path. There is one per node and role and a few for all, never one per session: a clustered
 * consumer costs every node of the farm (reliability section 3).
 */
public final class BusAddresses {
    /** Where every egress publishes its {@link EgressStatus}. */
    public static final String EGRESS_STATUS = "culvert.egress.status";

    /** Where a router that has just started asks every egress to publish its status at once. */
    public static final String EGRESS_QUERY = "culvert.egress.query";

    private static final String ROUTER_PREFIX = "culvert.router.";

    private BusAddresses() {}

    /** The address of one node's router: {@code culvert.router.<nodeId>}. */
    public static String router(String nodeId) {
        return ROUTER_PREFIX + nodeId;
    }
}
