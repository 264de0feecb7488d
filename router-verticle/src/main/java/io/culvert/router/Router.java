package io.culvert.router;

import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouteQuestion;
import io.culvert.model.CloseCause;
import io.culvert.model.LinkGrant;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.culvert.router.policy.RoutingTable;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a session goes: the table names the outbound, the directory an egress that serves it. While another
 * configuration reaches the nodes one after the other, it says "not yet" rather than decide by old rules for a new inbound, or
 * refuse for want of an egress that has not said yet what it serves.
 */
final class Router {
    private final Supplier<RoutingTable> table;
    private final EgressDirectory egresses;
    private final LinkGrants grants;
    private final RouterCounters counters;
    private final LongSupplier epoch;

    /** @param epoch that of the table, which it is before an ingress of the node runs it; any thread */
    Router(
            Supplier<RoutingTable> table,
            LongSupplier epoch,
            EgressDirectory egresses,
            LinkGrants grants,
            RouterCounters counters) {
        this.epoch = epoch;
        this.grants = grants;
        this.table = table;
        this.egresses = egresses;
        this.counters = counters;
    }

    /** @return null where this router, or the egress that is wanted, has not got the configuration of the ingress yet */
    @Nullable
    RouteDecision decide(RouteQuestion question) {
        long own = epoch.getAsLong();
        if (question.epoch() > own) {
            return behind();
        }
        SessionDescriptor session = question.session();
        RoutingTable current = table.get();
        String outboundTag = current.outboundFor(session);
        NodeStatus egress = outboundTag == null ? null : egresses.choose(question, outboundTag);
        if (outboundTag != null && egress == null && egresses.awaits(own)) {
            return behind();
        }
        if (outboundTag == null || egress == null) {
            return refuse();
        }
        LinkGrant grant = null;
        if (!egress.node().equals(session.ingressNode())) {
            grant = grants.grant(session, egress, outboundTag, session.target());
            if (grant == null) {
                return refuse();
            }
        }
        counters.countForwarded();
        return new RouteDecision.Forward(
                egress.node(), outboundTag, session.target(), current.policyFor(session), grant);
    }

    private @Nullable RouteDecision behind() {
        counters.countBehind();
        return null;
    }

    private RouteDecision refuse() {
        counters.countRefused();
        return new RouteDecision.Refuse(CloseCause.NO_EGRESS);
    }
}
