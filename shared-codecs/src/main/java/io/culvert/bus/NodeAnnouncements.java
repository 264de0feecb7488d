package io.culvert.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How nodes learn of each other: every node publishes its status, whoever wants to know hears all of them. Within a node this is
 * the local bus; {@link NodeBridge} carries it between the nodes of a farm.
 */
public final class NodeAnnouncements {
    private static final Logger log = LoggerFactory.getLogger(NodeAnnouncements.class);

    /** How often a node announces itself. */
    public static final long PERIOD_MILLIS = 1_000;

    private static final DeliveryOptions STATUS =
            new DeliveryOptions().setCodecName(ControlCodecs.NODE_STATUS.name()).setLocalOnly(true);
    private static final DeliveryOptions QUERY = new DeliveryOptions().setLocalOnly(true);

    private NodeAnnouncements() {}

    /**
     * Announces a node: at once, then every {@link #PERIOD_MILLIS}, and whenever another asks. When it is closed, it
     * says for the last time, and as draining, how things stand, so that routers leave it without waiting.
     *
     * @param status how things stand; called on the caller's context
     * @return completes once routers can ask for it
     */
    public static Future<BusRegistration> announce(Vertx vertx, Supplier<NodeStatus> status) {
        ControlCodecs.install(vertx);
        EventBus bus = vertx.eventBus();
        Runnable publish = () -> bus.publish(BusAddresses.NODE_STATUS, status.get(), STATUS);
        MessageConsumer<String> asked = bus.localConsumer(BusAddresses.NODE_QUERY, _ -> publish.run());
        long timer = vertx.setPeriodic(PERIOD_MILLIS, _ -> publish.run());
        publish.run();
        BusRegistration registration = () -> {
            vertx.cancelTimer(timer);
            bus.publish(BusAddresses.NODE_STATUS, status.get().drained(), STATUS);
            return asked.unregister();
        };
        return asked.completion().map(registration);
    }

    /** Asks every node to announce itself now, the own too: it may serve something new. */
    public static void ask(Vertx vertx) {
        vertx.eventBus().publish(BusAddresses.NODE_QUERY, "", QUERY);
    }

    /**
     * Hears every node, the own too, and asks all of them to announce themselves now.
     *
     * @param heard called on the caller's context, one status at a time
     * @return completes once announcements arrive
     */
    public static Future<BusRegistration> listen(Vertx vertx, Consumer<NodeStatus> heard) {
        ControlCodecs.install(vertx);
        EventBus bus = vertx.eventBus();
        MessageConsumer<NodeStatus> consumer =
                bus.localConsumer(BusAddresses.NODE_STATUS, message -> hear(message, heard));
        return consumer.completion().map(_ -> {
            bus.publish(BusAddresses.NODE_QUERY, "", QUERY);
            return consumer::unregister;
        });
    }

    private static void hear(Message<NodeStatus> message, Consumer<NodeStatus> heard) {
        NodeStatus status;
        try {
            status = message.body();
        } catch (BusFormatException e) {
            log.debug("announcement that cannot be read: {}", e.getMessage());
            return;
        }
        heard.accept(status);
    }
}
