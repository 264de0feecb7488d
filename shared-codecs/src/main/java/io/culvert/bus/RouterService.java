package io.culvert.bus;

import io.culvert.model.RouteDecision;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The router's end of the control path: answers the questions that {@link RouterClient}s send to one node. */
public final class RouterService {
    private static final Logger log = LoggerFactory.getLogger(RouterService.class);

    /** The code of a failed reply to a message that could not be read. */
    static final int FAILURE_MALFORMED = 1;

    /** The code of a failed reply to a message over which the router itself stumbled. */
    static final int FAILURE_INTERNAL = 2;

    /** The code of a failed reply where the router waits itself for what the ingress knows already. */
    static final int FAILURE_BEHIND = 3;

    private static final DeliveryOptions DECISION = new DeliveryOptions().setCodecName(ControlCodecs.DECISION.name());

    private final Function<RouteQuestion, @Nullable RouteDecision> router;

    private RouterService(Function<RouteQuestion, @Nullable RouteDecision> router) {
        this.router = router;
    }

    /**
     * Registers a node's router. Several registrations of one node share its work.
     *
     * @param router decides; called on the caller's context, one question at a time; never blocks. Null where it cannot yet: what
     *     the ingress runs has not arrived here, or at the egresses
     * @return completes once the farm can reach it
     */
    public static Future<BusRegistration> register(
            Vertx vertx, String nodeId, Function<RouteQuestion, @Nullable RouteDecision> router) {
        ControlCodecs.install(vertx);
        RouterService service = new RouterService(router);
        MessageConsumer<RouteQuestion> consumer =
                vertx.eventBus().consumer(BusAddresses.router(nodeId), service::answer);
        return consumer.completion().map(_ -> consumer::unregister);
    }

    private void answer(Message<RouteQuestion> message) {
        RouteQuestion question;
        try {
            question = message.body();
        } catch (BusFormatException e) {
            log.debug("question that cannot be read: {}", e.getMessage());
            message.fail(FAILURE_MALFORMED, "malformed question");
            return;
        }
        @Nullable RouteDecision decision;
        try {
            decision = router.apply(question);
        } catch (RuntimeException e) {
            log.error("session {} could not be routed", question.session().id(), e);
            message.fail(FAILURE_INTERNAL, "internal fault");
            return;
        }
        if (decision == null) {
            message.fail(FAILURE_BEHIND, "configuration " + question.epoch() + " has not arrived everywhere yet");
            return;
        }
        try {
            message.reply(decision, DECISION);
        } catch (BusFormatException e) {
            log.error(
                    "the decision for session {} cannot be sent: {}",
                    question.session().id(),
                    e.getMessage());
            message.fail(FAILURE_INTERNAL, "decision too long");
        }
    }
}
