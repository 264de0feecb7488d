package io.culvert.router;

import io.culvert.model.CloseCause;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.culvert.router.policy.RoutingTable;
import java.util.function.Supplier;

/** Decides where a session goes: the table names the outbound, the directory an egress that serves it. */
final class Router {
    private final Supplier<RoutingTable> table;
    private final EgressDirectory egresses;
    private final RouterCounters counters;

    Router(Supplier<RoutingTable> table, EgressDirectory egresses, RouterCounters counters) {
        this.table = table;
        this.egresses = egresses;
        this.counters = counters;
    }

    RouteDecision decide(SessionDescriptor session) {
        RoutingTable current = table.get();
        String outboundTag = current.outboundFor(session);
        String egressNode = outboundTag == null ? null : egresses.choose(session.ingressNode(), outboundTag);
        if (outboundTag == null || egressNode == null) {
            counters.countRefused();
            return new RouteDecision.Refuse(CloseCause.NO_EGRESS);
        }
        counters.countForwarded();
        return new RouteDecision.Forward(egressNode, outboundTag, session.target(), current.policyFor(session), null);
    }
}
