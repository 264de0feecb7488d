package io.culvert.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;

/** How an operator at one node has another finish its sessions and leave. */
public final class DrainRequests {
    /** How long a node may take to say that it has begun. */
    private static final DeliveryOptions WITHIN = new DeliveryOptions().setSendTimeout(2_000);

    private DrainRequests() {}

    /**
     * Takes requests for a node.
     *
     * @param begin called on the caller's context, behind the answer
     * @return completes once the farm can reach it
     */
    public static Future<BusRegistration> serve(Vertx vertx, String nodeId, Runnable begin) {
        MessageConsumer<String> consumer = vertx.eventBus().consumer(BusAddresses.drain(nodeId), message -> {
            message.reply("");
            begin.run();
        });
        return consumer.completion().map(_ -> consumer::unregister);
    }

    /** Asks a node; fails where it does not say in time that it has begun. */
    public static Future<Void> send(Vertx vertx, String nodeId) {
        Future<Message<String>> answer = vertx.eventBus().request(BusAddresses.drain(nodeId), "", WITHIN);
        return answer.mapEmpty();
    }
}
