package io.culvert.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.BusRegistration;
import io.culvert.bus.KnownRouters;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouteQuestion;
import io.culvert.bus.RouterClient;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.LinkGrant;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.model.Ticket;
import io.culvert.router.policy.RoutingTable;
import io.culvert.testkit.Nodes;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The control path of a node of its own: the local event bus. */
class RouterVerticleTest {
    private static final Ticket TICKET = Ticket.of(new byte[Ticket.BYTES]);
    private static final LinkGrants GRANTS = (session, egress, tag, target, config) ->
            egress.link() == null ? null : new LinkGrant(egress.link(), TICKET);

    private static final String NODE = "n1";
    private static final ConfigVersion FIRST = new ConfigVersion(1, 2, 3);
    private static final ConfigVersion SECOND = new ConfigVersion(1, 2, 4);
    private static final Sessions SESSION = Sessions.to("www.example.com").at(NODE);

    private final Vertx vertx = Vertx.vertx();
    private final RouterCounters counters = new RouterCounters();
    private final AtomicReference<RunningRules> rules =
            new AtomicReference<>(new RunningRules(RoutingTable.of(Configs.of(List.of("direct", "proxy"))), FIRST));
    private final RouterClient client = new RouterClient(vertx, NODE, KnownRouters.of(NODE), new Random(1));

    @BeforeEach
    void deploy() throws Exception {
        vertx.deployVerticle(new RouterVerticle(NODE, rules::get, GRANTS, counters))
                .await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void forwardsToTheEgressOfItsNode() throws Exception {
        announce(NODE, "direct", "proxy");
        assertThat(route())
                .isEqualTo(new RouteDecision.Forward(
                        NODE, "direct", SESSION.get().target(), SessionPolicy.DEFAULT, null, FIRST));
        assertThat(counters.forwarded()).isEqualTo(1);
    }

    @Test
    void refusesWhereNoEgressServesTheOutbound() throws Exception {
        announce(NODE, "proxy");
        assertThat(route()).isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
        assertThat(counters.refused()).isEqualTo(1);
    }

    @Test
    void refusesWithoutAnyOutbound() throws Exception {
        announce(NODE, "direct");
        rules.set(new RunningRules(RoutingTable.of(Configs.of(List.of())), FIRST));
        assertThat(route()).isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
    }

    @Test
    void decidesByTheTableOfTheMoment() throws Exception {
        announce(NODE, "direct", "proxy");
        assertThat(outbound()).isEqualTo("direct");
        rules.set(new RunningRules(
                RoutingTable.of(Configs.of(
                        List.of("direct", "proxy"),
                        Configs.rule("proxy")
                                .domains(List.of("domain:example.com"))
                                .build())),
                SECOND));
        assertThat(outbound()).isEqualTo("proxy");
        assertThat(((RouteDecision.Forward) route()).config()).isSameAs(SECOND);
    }

    @Test
    void leavesAnEgressAsSoonAsItSaysGoodbye() throws Exception {
        BusRegistration here = announce(NODE, "direct");
        announce("n2", "direct");
        assertThat(egress()).isEqualTo(NODE);
        here.close().await(5, TimeUnit.SECONDS);
        awaitEgress(client, "n2");
    }

    @Test
    void grantsTheLinkOfAnotherNodesEgress() throws Exception {
        announce("n2", "direct");
        awaitEgress(client, "n2");
        assertThat(route())
                .isEqualTo(new RouteDecision.Forward(
                        "n2",
                        "direct",
                        SESSION.get().target(),
                        SessionPolicy.DEFAULT,
                        new LinkGrant(Nodes.LINK, TICKET),
                        FIRST));
    }

    @Test
    void aRouterThatStartsLaterLearnsOfTheEgresses() throws Exception {
        announce("n2", "direct");
        vertx.deployVerticle(new RouterVerticle("late", rules::get, GRANTS, counters))
                .await(5, TimeUnit.SECONDS);
        awaitEgress(new RouterClient(vertx, "late", KnownRouters.of("late"), new Random(1)), "n2");
    }

    @Test
    void severalInstancesShareTheWork() throws Exception {
        RouterCounters second = new RouterCounters();
        vertx.deployVerticle(new RouterVerticle(NODE, rules::get, GRANTS, second))
                .await(5, TimeUnit.SECONDS);
        announce(NODE, "direct");
        for (int i = 0; i < 20; i++) {
            assertThat(egress()).isEqualTo(NODE);
        }
        assertThat(counters.forwarded()).isEqualTo(10);
        assertThat(second.forwarded()).isEqualTo(10);
    }

    @Test
    void anUndeployedRouterIsGoneAtOnce() throws Exception {
        for (String id : vertx.deploymentIDs()) {
            vertx.undeploy(id).await(5, TimeUnit.SECONDS);
        }
        assertThat(client.route(RouteQuestion.first(SESSION.get()))
                        .transform(result -> Future.succeededFuture(result.cause()))
                        .await(5, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        SessionFailure.class,
                        failure -> assertThat(failure.closeCause()).isEqualTo(CloseCause.NO_ROUTER));
    }

    @Test
    void completesOnTheContextOfTheCaller() throws Exception {
        announce(NODE, "direct");
        // The first router does not exist, so that the answer comes by way of another try.
        RouterClient asker = new RouterClient(vertx, "edge", KnownRouters.of("nobody", NODE), () -> 0);
        Context context = vertx.getOrCreateContext();
        Promise<Context> completedOn = Promise.promise();
        context.runOnContext(_ -> asker.route(RouteQuestion.first(SESSION.get()))
                .onComplete(_ -> completedOn.complete(Vertx.currentContext())));
        assertThat(completedOn.future().await(5, TimeUnit.SECONDS)).isSameAs(context);
        assertThat(asker.retries()).isEqualTo(1);
    }

    @Test
    void completesOnTheEventLoopOfACallerWithoutContext() throws Exception {
        announce(NODE, "direct");
        RouterClient asker = new RouterClient(vertx, "edge", KnownRouters.of("nobody", NODE), () -> 0);
        for (int i = 0; i < 8; i++) {
            var loop = ((VertxInternal) vertx).createEventLoopContext().nettyEventLoop();
            Promise<Boolean> onLoop = Promise.promise();
            loop.execute(() -> asker.route(RouteQuestion.first(SESSION.get()))
                    .onComplete(_ -> onLoop.complete(loop.inEventLoop())));
            assertThat(onLoop.future().await(5, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(asker.retries()).isEqualTo(8);
    }

    /** What is published here reaches the router before what is asked later: both come from this thread. */
    private BusRegistration announce(String node, String... tags) throws Exception {
        NodeStatus status = Nodes.egress(node, 1, Set.of(tags), 0, false, NodeStatus.PROTOCOL_VERSION);
        return NodeAnnouncements.announce(vertx, () -> status).await(5, TimeUnit.SECONDS);
    }

    private static void awaitEgress(RouterClient asker, String node) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        RouteDecision decision = asker.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS);
        while (!(decision instanceof RouteDecision.Forward forward
                && forward.egressNode().equals(node))) {
            assertThat(System.nanoTime()).as("still %s", decision).isLessThan(deadline);
            decision = asker.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS);
        }
    }

    private RouteDecision route() throws Exception {
        return client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS);
    }

    private String outbound() throws Exception {
        return ((RouteDecision.Forward) route()).outboundTag();
    }

    private String egress() throws Exception {
        return ((RouteDecision.Forward) route()).egressNode();
    }
}
