package io.culvert.bus;

import io.culvert.model.SessionDescriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * What an ingress asks a router.
 *
 * @param session the session that wants a way
 * @param failedEgresses the nodes that were decided on before and could not be reached, or took nothing; at most
 *     {@link #MAX_FAILED}
 * @param epoch the epoch of the ingress's configuration: a router with an earlier one knows nothing of what is new in it
 * @param protocolVersion the version of the control path that the ingress speaks: one that is older than what is in a decision
 *     would not hand it on
 */
public record RouteQuestion(SessionDescriptor session, List<String> failedEgresses, long epoch, int protocolVersion) {
    /** How many failed egresses a question may name. */
    public static final int MAX_FAILED = 8;

    public RouteQuestion {
        if (failedEgresses.size() > MAX_FAILED) {
            throw new IllegalArgumentException("more than " + MAX_FAILED + " failed egresses");
        }
        failedEgresses = List.copyOf(failedEgresses);
    }

    /** The question of an ingress of this build. */
    public RouteQuestion(SessionDescriptor session, List<String> failedEgresses, long epoch) {
        this(session, failedEgresses, epoch, NodeStatus.PROTOCOL_VERSION);
    }

    /** The first question of a session. */
    public static RouteQuestion first(SessionDescriptor session) {
        return new RouteQuestion(session, List.of(), 0);
    }

    /** The same, of an ingress that runs a configuration. */
    RouteQuestion at(long ingressEpoch) {
        return new RouteQuestion(session, failedEgresses, ingressEpoch, protocolVersion);
    }

    /** The next question, after the decision for one more egress has failed. */
    public RouteQuestion without(String egressNode) {
        List<String> failed = new ArrayList<>(failedEgresses);
        failed.add(egressNode);
        return new RouteQuestion(session, failed, epoch, protocolVersion);
    }
}
