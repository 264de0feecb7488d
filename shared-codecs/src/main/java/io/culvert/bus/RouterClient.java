package io.culvert.bus;

import io.culvert.model.CloseCause;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionFailure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ingress's end of the control path: asks a router where a session goes (reliability section 3, design rule 2).
 *
 * <p>The node's own router is asked first where there is one, over the local bus. Otherwise, and after it has failed, the
 * one of two randomly drawn routers that has fewer of this client's questions open. A router that does not answer in time
 * keeps its questions open for that long, so the draw avoids it by itself. One that does not have this node's configuration yet
 * says so: then the next one is asked, and all of them again after a pause, for {@value #BEHIND_MILLIS} ms.
 *
 * <p>Safe for any thread.
 */
public final class RouterClient {
    private static final Logger log = LoggerFactory.getLogger(RouterClient.class);

    /** How long one router may take. */
    public static final long TRY_MILLIS = 800;

    /**
     * How many times routers are asked, different ones as far as there are. Together with {@link #TRY_MILLIS}: an answer or a
     * failure within 2.4 s.
     */
    public static final int MAX_TRIES = RouterSearch.MAX_TRIES;

    /**
     * How long routers have to get the configuration that this node runs already: as long as three of them would have for their
     * answers. A commit reaches all nodes in a fraction of it.
     */
    static final long BEHIND_MILLIS = MAX_TRIES * TRY_MILLIS;

    /** How long routers that do not have it yet are left alone. */
    static final long BEHIND_PAUSE_MILLIS = 50;

    private static final RouteDecision NO_EGRESS = new RouteDecision.Refuse(CloseCause.NO_EGRESS);

    /**
     * How long the node's own router may take where it is the only one. Its question cannot get lost, and nobody else would be
     * sooner: what delays it is a machine that has no time for this process at all.
     */
    static final long ONLY_MILLIS = 8_000;

    private static final DeliveryOptions ONLY = options(ONLY_MILLIS).setLocalOnly(true);
    private static final DeliveryOptions OWN_NODE = options(TRY_MILLIS).setLocalOnly(true);
    private static final DeliveryOptions OTHER_NODE = options(TRY_MILLIS);

    private final Vertx vertx;
    private final String ownNode;
    private final KnownRouters routers;
    private final RandomGenerator random;
    private final LongSupplier epoch;
    private final ConcurrentMap<String, Integer> open = new ConcurrentHashMap<>();
    /** Questions that other nodes have not answered. */
    private final Set<Pending> pending = ConcurrentHashMap.newKeySet();

    private final LongAdder retries = new LongAdder();
    private final LongAdder unanswered = new LongAdder();
    private final LongAdder behind = new LongAdder();

    /** A client whose questions any router may answer, whichever configuration it runs. */
    public RouterClient(Vertx vertx, String ownNode, KnownRouters routers, RandomGenerator random) {
        this(vertx, ownNode, routers, random, () -> 0);
    }

    /**
     * @param ownNode the node that asks
     * @param routers whom to ask; the own node is among them where it has the role
     * @param random safe for the threads that call this client
     * @param epoch of the configuration that the node runs: a router with an earlier one is not believed; any thread
     */
    public RouterClient(Vertx vertx, String ownNode, KnownRouters routers, RandomGenerator random, LongSupplier epoch) {
        this.epoch = epoch;
        ControlCodecs.install(vertx);
        this.vertx = vertx;
        this.ownNode = ownNode;
        this.routers = routers;
        this.random = random;
    }

    /**
     * Asks where a session goes. A router that knows no egress for it may have been cut off itself, so that the others are
     * asked too before that is believed.
     *
     * @return completes on the caller's Vert.x context or, where it has none, on the event loop that it runs on; fails with
     *     {@link SessionFailure}: {@link CloseCause#NO_ROUTER} where no router answered, {@link CloseCause#LIMIT} where the
     *     question is too long for the bus
     */
    public Future<RouteDecision> route(RouteQuestion question) {
        return attempt(question.at(epoch.getAsLong()), RouterSearch.begin(BEHIND_MILLIS));
    }

    /**
     * Fails the questions to a node whose connection has broken, so that the next router is asked at once: the event bus would let
     * each wait for its whole time. Any thread.
     */
    public void lost(String node) {
        for (Pending question : pending) {
            if (question.router.equals(node)) {
                question.context.runOnContext(_ -> question.answer.tryFail("its connection was lost"));
            }
        }
    }

    /** How often another router was asked because one had failed. */
    public long retries() {
        return retries.sum();
    }

    /** How many sessions found no router that answered. */
    public long unanswered() {
        return unanswered.sum();
    }

    /** How often a router was passed over, or waited for, because it did not have this node's configuration yet. */
    public long behind() {
        return behind.sum();
    }

    private Future<RouteDecision> attempt(RouteQuestion question, RouterSearch search) {
        String router = choose(search.candidates(routers.nodes(), ownNode));
        if (router == null) {
            return search.mayWait() ? pause().compose(_ -> attempt(question, search.paused())) : end(search);
        }
        if (!search.isFresh()) {
            retries.increment();
        }
        boolean own = router.equals(ownNode);
        // Looked at before it is sent: what the bus makes of a codec's refusal depends on the state of its connection.
        if (!own && !ControlFormats.QUESTION.fits(question)) {
            return Future.failedFuture(new SessionFailure(CloseCause.LIMIT, "question too long for the event bus"));
        }
        return ask(router, question, own).transform(answer -> {
            if (answer.succeeded()) {
                return NO_EGRESS.equals(answer.result())
                        ? attempt(question, search.refused(router, answer.result()))
                        : Future.succeededFuture(answer.result());
            }
            String why = String.valueOf(answer.cause().getMessage());
            log.debug(
                    "router {} did not decide for session {}: {}",
                    router,
                    question.session().id(),
                    why);
            if (answer.cause() instanceof ReplyException reply && reply.failureCode() == RouterService.FAILURE_BEHIND) {
                behind.increment();
                return attempt(question, search.behind(router, why));
            }
            return attempt(question, search.unanswered(router, why));
        });
    }

    private Future<RouteDecision> end(RouterSearch search) {
        if (search.refusal() != null) {
            return Future.succeededFuture(search.refusal());
        }
        unanswered.increment();
        int times = search.asked().size() + search.behind().size();
        return Future.failedFuture(
                new SessionFailure(CloseCause.NO_ROUTER, "asked " + times + " times, the last: " + search.last()));
    }

    private Future<Void> pause() {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(BEHIND_PAUSE_MILLIS, _ -> over.complete());
        return over.future();
    }

    private Future<RouteDecision> ask(String router, RouteQuestion question, boolean own) {
        DeliveryOptions options = own ? (routers.nodes().size() == 1 ? ONLY : OWN_NODE) : OTHER_NODE;
        Future<Message<RouteDecision>> reply = own
                ? vertx.eventBus().request(BusAddresses.router(router), question, options)
                : askOther(router, question, options);
        open.merge(router, 1, Integer::sum);
        return reply.eventually(() -> {
                    open.computeIfPresent(router, (_, count) -> count == 1 ? null : count - 1);
                    return Future.succeededFuture();
                })
                .map(Message::body);
    }

    private Future<Message<RouteDecision>> askOther(String router, RouteQuestion question, DeliveryOptions options) {
        Pending asked = new Pending(router, vertx.getOrCreateContext(), Promise.promise());
        pending.add(asked);
        vertx.eventBus()
                .<RouteDecision>request(BusAddresses.router(router), question, options)
                .onComplete(reply -> {
                    pending.remove(asked);
                    if (reply.succeeded()) {
                        asked.answer.tryComplete(reply.result());
                    } else {
                        asked.answer.tryFail(reply.cause());
                    }
                });
        return asked.answer.future();
    }

    /** @param context where the answer is waited for */
    private record Pending(String router, Context context, Promise<Message<RouteDecision>> answer) {}

    private @Nullable String choose(List<String> left) {
        if (left.isEmpty()) {
            return null;
        }
        if (left.contains(ownNode)) {
            return ownNode;
        }
        int first = random.nextInt(left.size());
        if (left.size() == 1) {
            return left.getFirst();
        }
        int second = (first + 1 + random.nextInt(left.size() - 1)) % left.size();
        String one = left.get(first);
        String other = left.get(second);
        return open.getOrDefault(other, 0) < open.getOrDefault(one, 0) ? other : one;
    }

    private static DeliveryOptions options(long millis) {
        return new DeliveryOptions().setCodecName(ControlCodecs.QUESTION.name()).setSendTimeout(millis);
    }
}
