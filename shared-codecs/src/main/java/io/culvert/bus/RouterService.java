package io.culvert.bus;

import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The router's end of the control path: answers the descriptors that {@link RouterClient}s send to one node. */
public final class RouterService {
    private static final Logger log = LoggerFactory.getLogger(RouterService.class);

    /** The code of a failed reply to a message that could not be read. */
    static final int FAILURE_MALFORMED = 1;

    /** The code of a failed reply to a message over which the router itself stumbled. */
    static final int FAILURE_INTERNAL = 2;

    private static final DeliveryOptions DECISION = new DeliveryOptions().setCodecName(ControlCodecs.DECISION.name());

    private final Function<SessionDescriptor, RouteDecision> router;

    private RouterService(Function<SessionDescriptor, RouteDecision> router) {
        this.router = router;
    }

    /**
     * Registers a node's router. Several registrations of one node share its work.
     *
     * @param router decides; called on the caller's context, one descriptor at a time; never blocks
     * @return completes once the farm can reach it
     */
    public static Future<BusRegistration> register(
            Vertx vertx, String nodeId, Function<SessionDescriptor, RouteDecision> router) {
        ControlCodecs.install(vertx);
        RouterService service = new RouterService(router);
        MessageConsumer<SessionDescriptor> consumer =
                vertx.eventBus().consumer(BusAddresses.router(nodeId), service::answer);
        return consumer.completion().map(_ -> consumer::unregister);
    }

    private void answer(Message<SessionDescriptor> message) {
        SessionDescriptor descriptor;
        try {
            descriptor = message.body();
        } catch (BusFormatException e) {
            log.debug("descriptor that cannot be read: {}", e.getMessage());
            message.fail(FAILURE_MALFORMED, "malformed descriptor");
            return;
        }
        RouteDecision decision;
        try {
            decision = router.apply(descriptor);
        } catch (RuntimeException e) {
            log.error("session {} could not be routed", descriptor.id(), e);
            message.fail(FAILURE_INTERNAL, "internal fault");
            return;
        }
        try {
            message.reply(decision, DECISION);
        } catch (BusFormatException e) {
            log.error("the decision for session {} cannot be sent: {}", descriptor.id(), e.getMessage());
            message.fail(FAILURE_INTERNAL, "decision too long");
        }
    }
}
