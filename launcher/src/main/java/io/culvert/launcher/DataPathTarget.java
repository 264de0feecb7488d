package io.culvert.launcher;

import io.culvert.bus.BusRegistration;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.config.CulvertConfig;
import io.culvert.egress.Egress;
import io.culvert.ingress.listener.Inbounds;
import io.culvert.launcher.reload.Target;
import io.culvert.router.policy.RoutingTable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;

/** How a node's egress, router and ingress take another configuration together. */
final class DataPathTarget implements Target {
    /** How long routers may take to hear of an outbound that is new; a router that is slower learns of it soon after. */
    private static final long ANNOUNCED_WITHIN_MILLIS = 2_000;

    private final Vertx vertx;
    private final String node;
    private final Egress egress;
    private final AtomicReference<RoutingTable> table;
    private final Inbounds inbounds;
    private final LongConsumer committed;
    private final UnaryOperator<Throwable> inWords;

    /**
     * @param node this node's id
     * @param table the routers' table
     * @param committed told the epoch of each configuration that has been taken
     * @param inWords makes a failure one that the operator understands
     */
    DataPathTarget(
            Vertx vertx,
            String node,
            Egress egress,
            AtomicReference<RoutingTable> table,
            Inbounds inbounds,
            LongConsumer committed,
            UnaryOperator<Throwable> inWords) {
        this.vertx = vertx;
        this.node = node;
        this.egress = egress;
        this.table = table;
        this.inbounds = inbounds;
        this.committed = committed;
        this.inWords = inWords;
    }

    private record Made(RoutingTable table, Egress.Prepared egress) {}

    @Override
    public Future<Target.Prepared> prepare(CulvertConfig next) {
        return vertx.executeBlocking(() -> new Made(RoutingTable.of(next), egress.prepare(next)), false)
                .compose(result -> {
                    Made made = Objects.requireNonNull(result);
                    return inbounds.prepare(vertx, next)
                            .onFailure(_ -> made.egress.discard())
                            .compose(opened -> announced().<Target.Prepared>map(_ -> new Ready(made, opened)));
                })
                .recover(fault -> Future.failedFuture(inWords.apply(fault)));
    }

    /**
     * Completes when the routers have heard which outbounds this node serves now. Sessions that the new rules send to a new
     * one would find no egress else.
     */
    private Future<Void> announced() {
        Promise<Void> heard = Promise.promise();
        Set<String> tags = egress.tags();
        long timer = vertx.setTimer(ANNOUNCED_WITHIN_MILLIS, _ -> heard.tryComplete());
        return NodeAnnouncements.listen(vertx, status -> {
                    if (status.node().equals(node) && status.outboundTags().containsAll(tags)) {
                        heard.tryComplete();
                    }
                })
                .compose(registration -> heard.future().eventually(() -> done(timer, registration)));
    }

    private Future<Void> done(long timer, BusRegistration registration) {
        vertx.cancelTimer(timer);
        return registration.close();
    }

    private final class Ready implements Target.Prepared {
        private final Made made;
        private final Inbounds.Prepared opened;

        Ready(Made made, Inbounds.Prepared opened) {
            this.made = made;
            this.opened = opened;
        }

        /** The rules before the inbounds that they are written for: no session of those may meet the old ones. */
        @Override
        public Future<Void> commit(long epoch) {
            RoutingTable before = table.getAndSet(made.table);
            return opened.commit()
                    .onSuccess(_ -> {
                        made.egress.commit();
                        committed.accept(epoch);
                    })
                    .recover(fault -> {
                        table.set(before);
                        made.egress.discard();
                        return Future.failedFuture(inWords.apply(fault));
                    });
        }

        @Override
        public Future<Void> discard() {
            made.egress.discard();
            return opened.discard();
        }
    }
}
