package io.culvert.egress;

import io.culvert.bus.BusRegistration;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeStatus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Tells the routers of the farm what a node's {@link Egress} serves. Deployed before the node's ingress. */
public final class EgressVerticle extends VerticleBase {
    private final String node;
    private final Egress egress;
    private final IntSupplier sessions;
    private @Nullable BusRegistration announcement;

    /**
     * @param node this node's id
     * @param sessions how many sessions the egress carries now; any thread
     */
    public EgressVerticle(String node, Egress egress, IntSupplier sessions) {
        this.node = node;
        this.egress = egress;
        this.sessions = sessions;
    }

    @Override
    public Future<?> start() {
        return NodeAnnouncements.announce(vertx, this::status).onSuccess(registered -> announcement = registered);
    }

    private NodeStatus status() {
        return NodeStatus.egress(node, 0, egress.tags(), sessions.getAsInt(), false, NodeStatus.PROTOCOL_VERSION);
    }

    @Override
    public Future<?> stop() {
        egress.close();
        return announcement == null ? Future.succeededFuture() : announcement.close();
    }
}
