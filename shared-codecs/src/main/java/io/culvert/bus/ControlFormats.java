package io.culvert.bus;

import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;

/** The byte form of every control message; all of them are stateless. */
public final class ControlFormats {
    /** What is known of a session; part of {@link #QUESTION}. */
    public static final RecordFormat<SessionDescriptor> DESCRIPTOR = new SessionDescriptorFormat();

    /** Ingress to router. */
    public static final RecordFormat<RouteQuestion> QUESTION = new RouteQuestionFormat();

    /** Router to ingress. */
    public static final RecordFormat<RouteDecision> DECISION = new RouteDecisionFormat();

    /** Egress to all routers. */
    public static final RecordFormat<NodeStatus> NODE_STATUS = new NodeStatusFormat();

    /** Ingress to the egress of another node, as the opening of a stream of the node link. */
    public static final RecordFormat<LinkOrder> LINK_ORDER = new LinkOrderFormat();

    private ControlFormats() {}
}
