package io.culvert.ingress.listener;

import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.model.CloseCause;
import io.culvert.model.UserRef;
import io.culvert.transport.raw.SessionLoops;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The inbounds of a node: which sockets are open on its ingress verticles, and what is served there. Another configuration is
 * taken in two steps (reliability section 2d.27): everything that can fail happens before anything changes.
 */
public final class Inbounds {
    /** How long connections may stay once their listener is closed; the node's own drain limit comes first. */
    private static final Duration LONGEST_DRAIN = Duration.ofHours(24);

    /** How often a socket is tried whose place another has just left, and how far the tries are apart. */
    private static final int TRIES = 40;

    private static final long TRY_MILLIS = 25;

    private final Ingress ingress;
    private final Map<ListenerKey, Slot> slots = new ConcurrentHashMap<>();
    private final Map<ListenerKey, Served> wanted = new ConcurrentHashMap<>();
    private final List<IngressListeners> verticles = new CopyOnWriteArrayList<>();
    private volatile InboundPlan plan = InboundPlan.NONE;
    private volatile boolean leaving;

    /**
     * A socket that is open.
     *
     * @param address null for the inbound's unix socket
     */
    public record Listening(InboundConfig inbound, @Nullable InetSocketAddress address, boolean datagrams) {}

    public Inbounds(Ingress ingress) {
        this.ingress = ingress;
    }

    /**
     * Takes the first configuration, before any verticle is deployed. Reads certificates.
     *
     * @throws TlsConfigException where the certificates of an inbound cannot be used
     * @throws ListenException where two inbounds want the same socket
     */
    public void begin(CulvertConfig config) throws TlsConfigException, ListenException {
        InboundPlan first = InboundPlan.of(ingress, config, InboundPlan.NONE);
        first.sockets().forEach((key, served) -> {
            wanted.put(key, served);
            slot(key).set(served);
        });
        plan = first;
    }

    /**
     * The listeners of one more verticle.
     *
     * @param loops those of the node's connections, the same for each verticle
     */
    public IngressListeners listeners(SessionLoops loops) {
        IngressListeners own = new IngressListeners(this, loops, verticles.isEmpty());
        verticles.add(own);
        return own;
    }

    /** What is open, in the order of the inbounds. Any thread. */
    public List<Listening> listening() {
        List<Listening> all = new ArrayList<>();
        plan.sockets()
                .forEach((key, served) -> verticles.stream()
                        .filter(verticle -> verticle.has(key))
                        .findFirst()
                        .ifPresent(verticle ->
                                all.add(new Listening(served.inbound(), verticle.address(key), key.kind().datagrams))));
        return all;
    }

    /** Takes nobody new anywhere from now on, whatever configuration comes; sessions that are open stay. */
    public Future<Void> shutdown() {
        leaving = true;
        Set<ListenerKey> all = new LinkedHashSet<>(plan.sockets().keySet());
        // What a configuration has opened that is not taken yet.
        all.addAll(wanted.keySet());
        return each(verticles, verticle -> verticle.shutdown(all, LONGEST_DRAIN));
    }

    /**
     * Checks another configuration and opens the sockets that it adds; they serve nobody yet.
     *
     * @return fails with {@link TlsConfigException} or {@link ListenException}, and everything is as it was
     */
    public Future<Prepared> prepare(Vertx vertx, CulvertConfig config) {
        InboundPlan before = plan;
        return vertx.executeBlocking(() -> InboundPlan.of(ingress, config, before), false)
                .compose(made -> {
                    InboundPlan next = Objects.requireNonNull(made);
                    Set<ListenerKey> added = next.without(before);
                    Set<ListenerKey> late = InboundPlan.excluded(added, before.without(next));
                    added.removeAll(late);
                    if (leaving) {
                        added.clear();
                    }
                    Prepared prepared = new Prepared(vertx, before, next, added, late);
                    return openEverywhere(next, added).map(prepared);
                });
    }

    /** Sockets of a plan on every verticle, one verticle after the other: a port that is taken is found once. */
    private Future<Void> openEverywhere(InboundPlan next, Set<ListenerKey> keys) {
        if (keys.isEmpty()) {
            return Future.succeededFuture();
        }
        keys.forEach(
                key -> wanted.put(key, Objects.requireNonNull(next.sockets().get(key))));
        return each(verticles, verticle -> verticle.open(keys))
                .recover(fault -> abandon(keys).transform(_ -> Future.failedFuture(fault)));
    }

    private Future<Void> abandon(Collection<ListenerKey> keys) {
        return each(verticles, verticle -> verticle.close(keys)).andThen(_ -> forget(keys));
    }

    private void forget(Collection<ListenerKey> keys) {
        keys.forEach(key -> {
            wanted.remove(key);
            slots.remove(key);
        });
    }

    private static Future<Void> each(List<IngressListeners> verticles, Function<IngressListeners, Future<Void>> step) {
        Future<Void> done = Future.succeededFuture();
        for (IngressListeners verticle : verticles) {
            done = done.compose(_ -> step.apply(verticle));
        }
        return done;
    }

    Ingress ingress() {
        return ingress;
    }

    Set<ListenerKey> keys() {
        return plan.sockets().keySet();
    }

    Served wanted(ListenerKey key) {
        Served served = wanted.get(key);
        if (served == null) {
            throw new IllegalStateException("nobody wants " + key);
        }
        return served;
    }

    Slot slot(ListenerKey key) {
        return slots.computeIfAbsent(key, _ -> new Slot());
    }

    void gone(IngressListeners verticle) {
        verticles.remove(verticle);
    }

    /** A configuration that can be taken or dropped. */
    public final class Prepared {
        private final Vertx vertx;
        private final InboundPlan before;
        private final InboundPlan next;
        private final Set<ListenerKey> early;
        private final Set<ListenerKey> late;

        private Prepared(
                Vertx vertx, InboundPlan before, InboundPlan next, Set<ListenerKey> early, Set<ListenerKey> late) {
            this.vertx = vertx;
            this.before = before;
            this.next = next;
            this.early = early;
            this.late = late;
        }

        /** Closes what was opened for it. */
        public Future<Void> discard() {
            return abandon(early);
        }

        /**
         * Takes it: sockets that stay are not touched, those that go take nobody new, and the sessions of users that are gone
         * end with {@link CloseCause#USER_REMOVED}.
         *
         * @return fails, with everything as it was, only where a socket had to make room for another that then could not be
         *     opened
         */
        public Future<Void> commit() {
            Set<ListenerKey> removed = before.without(next);
            Set<ListenerKey> making = InboundPlan.excluded(removed, late);
            return makeRoom(making)
                    .compose(_ -> vertx.executeBlocking(this::switchOver, false))
                    .compose(gone -> {
                        Set<ListenerKey> rest = new LinkedHashSet<>(removed);
                        rest.removeAll(making);
                        return each(verticles, verticle -> verticle.shutdown(rest, LONGEST_DRAIN))
                                .onSuccess(_ -> {
                                    forget(removed);
                                    ingress.registry().close(Objects.requireNonNull(gone), CloseCause.USER_REMOVED);
                                });
                    });
        }

        private Set<UserRef> switchOver() {
            Set<UserRef> gone = next.update();
            next.sockets().forEach((key, served) -> {
                wanted.put(key, served);
                slot(key).set(served);
            });
            plan = next;
            return gone;
        }

        /** A socket with other options, or on a part of the same addresses: the old one has to go before it. */
        private Future<Void> makeRoom(Set<ListenerKey> making) {
            if (late.isEmpty() || leaving) {
                return Future.succeededFuture();
            }
            Set<ListenerKey> streams = new LinkedHashSet<>(making);
            streams.removeIf(key -> key.kind() != ListenerKey.Kind.TCP && key.kind() != ListenerKey.Kind.UNIX);
            Set<ListenerKey> packets = new LinkedHashSet<>(making);
            packets.removeAll(streams);
            return each(verticles, verticle -> verticle.shutdown(streams, LONGEST_DRAIN))
                    .compose(_ -> each(verticles, verticle -> verticle.close(packets)))
                    .compose(_ -> openPatiently(next, late, TRIES))
                    .recover(fault -> openPatiently(before, making, TRIES)
                            .transform(_ -> discard())
                            .transform(_ -> Future.failedFuture(fault)));
        }

        private Future<Void> openPatiently(InboundPlan of, Set<ListenerKey> keys, int tries) {
            return openEverywhere(of, keys).recover(fault -> {
                if (tries == 1) {
                    return Future.failedFuture(fault);
                }
                return after(TRY_MILLIS).compose(_ -> openPatiently(of, keys, tries - 1));
            });
        }

        private Future<Void> after(long millis) {
            Promise<Void> later = Promise.promise();
            vertx.setTimer(millis, _ -> later.complete());
            return later.future();
        }
    }
}
