package io.culvert.router;

import io.culvert.bus.BusRegistration;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.RouterService;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A node's router: answers the descriptors that ingresses send to this node, by the table of the moment. Several instances
 * share the work of a node. It is deployed before the node's egress and ingress.
 */
public final class RouterVerticle extends VerticleBase {
    private final String nodeId;
    private final Router router;
    private final EgressDirectory egresses;
    private final List<BusRegistration> registrations = new ArrayList<>();

    /**
     * @param nodeId this node
     * @param rules those of the moment, read for every session: whoever holds them changes them by one write, before an ingress
     *     of the node runs their configuration
     * @param grants for the links of other nodes
     * @param counters shared by the instances of the node
     */
    public RouterVerticle(String nodeId, Supplier<RunningRules> rules, LinkGrants grants, RouterCounters counters) {
        this.nodeId = nodeId;
        this.egresses = new EgressDirectory(nodeId, System::nanoTime, RandomGenerator.getDefault());
        this.router = new Router(rules, egresses, grants, counters);
    }

    /** Completes once the farm can reach the router. Egresses have been asked to announce themselves by then. */
    @Override
    public Future<?> start() {
        return NodeAnnouncements.listen(vertx, egresses::heard)
                .onSuccess(registrations::add)
                .compose(_ -> RouterService.register(vertx, nodeId, router::decide))
                .onSuccess(registrations::add);
    }

    /** Where it decides, once it is deployed. */
    public Context context() {
        return context;
    }

    /** Completes when all that had been delivered to this router before has been taken note of. Any thread. */
    public Future<Void> settled() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(_ -> context.runOnContext(_ -> done.complete()));
        return done.future();
    }

    /** Completes once nothing is delivered to the router any more. */
    @Override
    public Future<?> stop() {
        List<Future<Void>> closing = new ArrayList<>();
        for (BusRegistration registration : registrations) {
            closing.add(registration.close());
        }
        return Future.all(closing);
    }
}
