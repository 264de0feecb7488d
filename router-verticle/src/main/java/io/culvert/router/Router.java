package io.culvert.router;

import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouteQuestion;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.IpText;
import io.culvert.model.LinkGrant;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides where a session goes: the table names the outbound, the directory an egress that serves it. While another
 * configuration reaches the nodes one after the other, it says "not yet" rather than decide by old rules for a new inbound, or
 * refuse for want of an egress that has not said yet what it serves.
 */
final class Router {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    private final Supplier<RunningRules> rules;
    private final EgressDirectory egresses;
    private final LinkGrants grants;
    private final RouterCounters counters;

    /** @param rules those of the moment, which they are before an ingress of the node runs their configuration; any thread */
    Router(Supplier<RunningRules> rules, EgressDirectory egresses, LinkGrants grants, RouterCounters counters) {
        this.grants = grants;
        this.rules = rules;
        this.egresses = egresses;
        this.counters = counters;
    }

    /** @return null where this router, or the egress that is wanted, has not got the configuration of the ingress yet */
    @Nullable
    RouteDecision decide(RouteQuestion question) {
        RunningRules current = rules.get();
        ConfigVersion own = current.config();
        if (question.epoch() > own.epoch()) {
            return behind();
        }
        SessionDescriptor session = question.session();
        String form = ReservedNames.form(session.target().address());
        if (form != null) {
            LOG.info("{} from {} asks for {}, which is not built", session.target(), IpText.of(session.source()), form);
            return refuse(CloseCause.UNSUPPORTED);
        }
        String outboundTag = current.table().outboundFor(session);
        NodeStatus egress = outboundTag == null ? null : egresses.choose(question, outboundTag, own);
        if (outboundTag != null && egress == null && egresses.awaits(own.epoch())) {
            return behind();
        }
        if (outboundTag == null || egress == null) {
            return refuse(CloseCause.NO_EGRESS);
        }
        ConfigVersion decidedBy = carriesConfig(question, egress) ? own : null;
        LinkGrant grant = null;
        if (!egress.node().equals(session.ingressNode())) {
            grant = grants.grant(session, egress, outboundTag, session.target(), decidedBy);
            if (grant == null) {
                return refuse(CloseCause.NO_EGRESS);
            }
        }
        counters.countForwarded();
        return new RouteDecision.Forward(
                egress.node(), outboundTag, session.target(), current.table().policyFor(session), grant, decidedBy);
    }

    /** An ingress of an earlier version would not hand it on, and an egress of one would find the ticket forged. */
    private static boolean carriesConfig(RouteQuestion question, NodeStatus egress) {
        return question.protocolVersion() >= NodeStatus.ORDERS_WITH_CONFIG
                && egress.protocolVersion() >= NodeStatus.ORDERS_WITH_CONFIG;
    }

    private @Nullable RouteDecision behind() {
        counters.countBehind();
        return null;
    }

    private RouteDecision refuse(CloseCause cause) {
        counters.countRefused();
        return new RouteDecision.Refuse(cause);
    }
}
