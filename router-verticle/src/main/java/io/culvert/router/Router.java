package io.culvert.router;

import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouteQuestion;
import io.culvert.model.CloseCause;
import io.culvert.model.LinkGrant;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.culvert.router.policy.RoutingTable;
import java.util.function.Supplier;

/** Decides where a session goes: the table names the outbound, the directory an egress that serves it. */
final class Router {
    private final Supplier<RoutingTable> table;
    private final EgressDirectory egresses;
    private final LinkGrants grants;
    private final RouterCounters counters;

    Router(Supplier<RoutingTable> table, EgressDirectory egresses, LinkGrants grants, RouterCounters counters) {
        this.grants = grants;
        this.table = table;
        this.egresses = egresses;
        this.counters = counters;
    }

    RouteDecision decide(RouteQuestion question) {
        SessionDescriptor session = question.session();
        RoutingTable current = table.get();
        String outboundTag = current.outboundFor(session);
        NodeStatus egress = outboundTag == null ? null : egresses.choose(question, outboundTag);
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

    private RouteDecision refuse() {
        counters.countRefused();
        return new RouteDecision.Refuse(CloseCause.NO_EGRESS);
    }
}
