package io.culvert.bus;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries announcements between the nodes of a farm: each node sends its own to an address of every other. An address that all
 * nodes share would be shorter, but a node's picture of who listens there is kept by events that may be lost, and a node that
 * was started again is then never heard of; an address with the id of one start is looked up anew (reliability section 3).
 */
public final class NodeBridge {
    private static final Logger log = LoggerFactory.getLogger(NodeBridge.class);

    /** Marks what has come from another node, so that it is not sent on. */
    private static final String FROM_FARM = "farm";

    private static final DeliveryOptions STATUS = new DeliveryOptions().setCodecName(ControlCodecs.NODE_STATUS.name());
    private static final DeliveryOptions LOCAL_STATUS =
            new DeliveryOptions().setCodecName(ControlCodecs.NODE_STATUS.name()).setLocalOnly(true);
    private static final DeliveryOptions LOCAL_QUERY =
            new DeliveryOptions().setLocalOnly(true).addHeader(FROM_FARM, "");

    private NodeBridge() {}

    /**
     * Connects a node.
     *
     * @param others the ids of the other nodes that the cluster believes in; any thread
     * @return completes once the other nodes can reach this one
     */
    public static Future<BusRegistration> connect(Vertx vertx, String ownNode, Supplier<Collection<String>> others) {
        ControlCodecs.install(vertx);
        EventBus bus = vertx.eventBus();
        MessageConsumer<NodeStatus> outward =
                bus.localConsumer(BusAddresses.NODE_STATUS, message -> sendOwn(bus, ownNode, message, others));
        MessageConsumer<String> asking =
                bus.localConsumer(BusAddresses.NODE_QUERY, message -> ask(bus, message, others));
        MessageConsumer<NodeStatus> inward =
                bus.consumer(BusAddresses.status(ownNode), message -> hear(bus, ownNode, message));
        MessageConsumer<String> asked =
                bus.consumer(BusAddresses.query(ownNode), _ -> bus.publish(BusAddresses.NODE_QUERY, "", LOCAL_QUERY));
        List<MessageConsumer<?>> all = List.of(outward, asking, inward, asked);
        return Future.all(all.stream().map(MessageConsumer::completion).toList())
                .map(_ -> () -> Future.join(
                                all.stream().map(MessageConsumer::unregister).toList())
                        .mapEmpty());
    }

    private static void sendOwn(
            EventBus bus, String ownNode, Message<NodeStatus> message, Supplier<Collection<String>> others) {
        NodeStatus status = message.body();
        if (!status.node().equals(ownNode)) {
            return;
        }
        for (String other : others.get()) {
            bus.publish(BusAddresses.status(other), status, STATUS);
        }
    }

    private static void ask(EventBus bus, Message<String> message, Supplier<Collection<String>> others) {
        if (message.headers().contains(FROM_FARM)) {
            return;
        }
        for (String other : others.get()) {
            bus.publish(BusAddresses.query(other), "");
        }
    }

    private static void hear(EventBus bus, String ownNode, Message<NodeStatus> message) {
        NodeStatus status;
        try {
            status = message.body();
        } catch (BusFormatException e) {
            log.debug("announcement that cannot be read: {}", e.getMessage());
            return;
        }
        // Nobody else speaks for this node, and what it says itself it has heard.
        if (!status.node().equals(ownNode)) {
            bus.publish(BusAddresses.NODE_STATUS, status, LOCAL_STATUS);
        }
    }
}
