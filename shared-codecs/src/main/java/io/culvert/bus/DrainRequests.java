package io.culvert.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.BooleanSupplier;

/** How an operator at one node has another finish its sessions and leave. */
public final class DrainRequests {
    /** How long a node may take to say that it has begun. */
    private static final DeliveryOptions WITHIN = new DeliveryOptions().setSendTimeout(2_000);

    /** The answer of a node that drains already; nodes of an earlier version give the other one also then. */
    private static final String UNDER_WAY = "draining";

    private static final String BEGINS = "";

    private DrainRequests() {}

    /**
     * Takes requests for a node.
     *
     * @param begin has the drain begin, behind the answer; false where it had begun before. On the caller's context
     * @return completes once the farm can reach it
     */
    public static Future<BusRegistration> serve(Vertx vertx, String nodeId, BooleanSupplier begin) {
        MessageConsumer<String> consumer = vertx.eventBus()
                .consumer(
                        BusAddresses.drain(nodeId),
                        message -> message.reply(begin.getAsBoolean() ? BEGINS : UNDER_WAY));
        return consumer.completion().map(_ -> consumer::unregister);
    }

    /** Asks a node, and says whether its drain begins by that; fails where it does not answer in time. */
    public static Future<Boolean> send(Vertx vertx, String nodeId) {
        Future<Message<String>> answer = vertx.eventBus().request(BusAddresses.drain(nodeId), "", WITHIN);
        return answer.map(said -> !UNDER_WAY.equals(said.body()));
    }
}
