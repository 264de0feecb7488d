package io.culvert.bus;

import io.culvert.model.RouteDecision;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

/** The codecs of the control path, which every node must know by the same names. */
final class ControlCodecs {
    static final MessageCodec<RouteQuestion, RouteQuestion> QUESTION =
            new RecordMessageCodec<>("culvert.question", ControlFormats.QUESTION);
    static final MessageCodec<RouteDecision, RouteDecision> DECISION =
            new RecordMessageCodec<>("culvert.decision", ControlFormats.DECISION);
    static final MessageCodec<NodeStatus, NodeStatus> NODE_STATUS =
            new RecordMessageCodec<>("culvert.node-status", ControlFormats.NODE_STATUS);

    private ControlCodecs() {}

    /** Makes the codecs known to a Vert.x instance; may be called by everybody who needs them. */
    static void install(Vertx vertx) {
        EventBus bus = vertx.eventBus();
        register(bus, QUESTION);
        register(bus, DECISION);
        register(bus, NODE_STATUS);
    }

    private static void register(EventBus bus, MessageCodec<?, ?> codec) {
        try {
            bus.registerCodec(codec);
        } catch (IllegalStateException _) {
            // The bus's only answer to a name that is taken, and only this class takes these names.
        }
    }
}
