package io.culvert.launcher;

import io.culvert.bus.BusRegistration;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.config.CulvertConfig;
import io.culvert.egress.Egress;
import io.culvert.ingress.listener.Inbounds;
import io.culvert.launcher.reload.Target;
import io.culvert.model.ConfigVersion;
import io.culvert.router.RunningRules;
import io.culvert.router.policy.RoutingTable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** How a node's egress, router and ingress take another configuration together. */
final class DataPathTarget implements Target {
    /** How long routers may take to hear of an outbound that is new; a router that is slower learns of it soon after. */
    private static final long ANNOUNCED_WITHIN_MILLIS = 2_000;

    private final Vertx vertx;
    private final String node;
    private final Egress egress;
    private final AtomicReference<@Nullable RunningRules> rules;
    private final @Nullable Inbounds inbounds;
    private final Function<CulvertConfig, Set<String>> served;
    private final Supplier<Future<Void>> routers;
    private final Consumer<ConfigVersion> committed;
    private final UnaryOperator<Throwable> inWords;
    private volatile Set<String> tags = Set.of();

    /**
     * @param node this node's id
     * @param rules what the routers decide by
     * @param inbounds null where the node is no ingress
     * @param served the outbounds that this node opens of a configuration's
     * @param routers completes when this node's router has taken note of all that it has been told
     * @param committed told of each configuration that has been taken
     * @param inWords makes a failure one that the operator understands
     */
    DataPathTarget(
            Vertx vertx,
            String node,
            Egress egress,
            AtomicReference<@Nullable RunningRules> rules,
            @Nullable Inbounds inbounds,
            Function<CulvertConfig, Set<String>> served,
            Supplier<Future<Void>> routers,
            Consumer<ConfigVersion> committed,
            UnaryOperator<Throwable> inWords) {
        this.vertx = vertx;
        this.node = node;
        this.egress = egress;
        this.rules = rules;
        this.inbounds = inbounds;
        this.served = served;
        this.routers = routers;
        this.committed = committed;
        this.inWords = inWords;
    }

    private record Made(RunningRules rules, Egress.Prepared egress) {}

    /** What routers are told that this node opens. */
    Set<String> tags() {
        return tags;
    }

    /** Tells routers so from the next announcement on. */
    void serve(Set<String> now) {
        tags = now;
    }

    @Override
    public Future<Target.Prepared> prepare(CulvertConfig next, ConfigVersion version) {
        return vertx.executeBlocking(
                        () -> new Made(new RunningRules(RoutingTable.of(next), version), egress.prepare(next, version)),
                        false)
                .compose(result -> {
                    Made made = Objects.requireNonNull(result);
                    Set<String> before = tags;
                    Set<String> after = served.apply(next);
                    return open(next)
                            .onFailure(_ -> made.egress.discard())
                            .compose(opened -> announced(before, after)
                                    .<Target.Prepared>map(_ -> new Ready(made, opened, before, after)));
                })
                .recover(fault -> Future.failedFuture(inWords.apply(fault)));
    }

    /**
     * Completes when the routers have heard which outbounds this node serves now. Sessions that the new rules send to a new
     * one would find no egress else.
     */
    private Future<Void> announced(Set<String> before, Set<String> after) {
        if (before.containsAll(after)) {
            return Future.succeededFuture();
        }
        Set<String> both = new HashSet<>(before);
        both.addAll(after);
        tags = Set.copyOf(both);
        Promise<Void> heard = Promise.promise();
        AtomicInteger times = new AtomicInteger();
        long timer = vertx.setTimer(ANNOUNCED_WITHIN_MILLIS, _ -> heard.tryComplete());
        return NodeAnnouncements.listen(vertx, status -> {
                    if (status.node().equals(node) && status.outboundTags().containsAll(both)) {
                        // The second is published when the first has been delivered everywhere on this node.
                        if (times.incrementAndGet() == 1) {
                            NodeAnnouncements.ask(vertx);
                        } else {
                            heard.tryComplete();
                        }
                    }
                })
                .compose(registration -> heard.future().eventually(() -> done(timer, registration)))
                .compose(_ -> routers.get());
    }

    private Future<Void> done(long timer, BusRegistration registration) {
        vertx.cancelTimer(timer);
        return registration.close();
    }

    /** The sockets of the next configuration; nothing where the node is no ingress. */
    private Future<Target.Prepared> open(CulvertConfig next) {
        if (inbounds == null) {
            return Future.succeededFuture(NOTHING);
        }
        return inbounds.prepare(vertx, next).map(Sockets::new);
    }

    private static final Target.Prepared NOTHING = new Target.Prepared() {
        @Override
        public Future<Void> commit() {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> discard() {
            return Future.succeededFuture();
        }
    };

    private record Sockets(Inbounds.Prepared prepared) implements Target.Prepared {
        @Override
        public Future<Void> commit() {
            return prepared.commit();
        }

        @Override
        public Future<Void> discard() {
            return prepared.discard();
        }
    }

    private final class Ready implements Target.Prepared {
        private final Made made;
        private final Target.Prepared opened;
        private final Set<String> before;
        private final Set<String> after;

        Ready(Made made, Target.Prepared opened, Set<String> before, Set<String> after) {
            this.made = made;
            this.opened = opened;
            this.before = before;
            this.after = after;
        }

        /**
         * The rules before the inbounds that they are written for: no session of those may meet the old ones. When the egress
         * follows makes no difference to sessions: what it has made ready serves what the new rules decide, and what it had
         * serves for a while what the old ones decided.
         */
        @Override
        public Future<Void> commit() {
            RunningRules old = rules.getAndSet(made.rules);
            return opened.commit()
                    .onSuccess(_ -> {
                        made.egress.commit();
                        tags = after;
                        committed.accept(made.rules.config());
                    })
                    .recover(fault -> {
                        rules.set(old);
                        tags = before;
                        made.egress.discard();
                        return Future.failedFuture(inWords.apply(fault));
                    });
        }

        @Override
        public Future<Void> discard() {
            tags = before;
            made.egress.discard();
            return opened.discard();
        }
    }
}
