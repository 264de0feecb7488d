package io.culvert.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.BusAddresses;
import io.culvert.bus.BusRegistration;
import io.culvert.bus.KnownRouters;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeBridge;
import io.culvert.bus.NodeStatus;
import io.culvert.bus.RecordFormat;
import io.culvert.bus.RouteQuestion;
import io.culvert.bus.RouterClient;
import io.culvert.bus.RouterService;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.router.policy.RoutingTable;
import io.culvert.testkit.Nodes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.test.fakecluster.FakeClusterManager;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The control path between two nodes: an ingress node that asks, and a node with routers, over a real event bus. */
class ClusteredRouterTest {
    private static final ConfigVersion CONFIG = new ConfigVersion(0, 7, 8);
    private static final Sessions SESSION = Sessions.to("www.example.com");
    private static final RouteDecision REFUSED = new RouteDecision.Refuse(CloseCause.ROUTE_REFUSED);
    private static final DeliveryOptions DECISION = new DeliveryOptions().setCodecName("culvert.decision");
    private static final long ONE_TRY_NANOS = TimeUnit.MILLISECONDS.toNanos(RouterClient.TRY_MILLIS);

    private final RouterCounters counters = new RouterCounters();
    private final RoutingTable table = RoutingTable.of(Configs.of(List.of("direct")));
    private final AtomicReference<ConfigVersion> routerConfig = new AtomicReference<>(CONFIG);
    private final AtomicLong ingressEpoch = new AtomicLong();
    private Vertx edge;
    private Vertx core;

    @BeforeEach
    void start() throws Exception {
        edge = clustered();
        core = clustered();
        NodeBridge.connect(edge, "edge", () -> List.of("core")).await(5, TimeUnit.SECONDS);
        NodeBridge.connect(core, "core", () -> List.of("edge")).await(5, TimeUnit.SECONDS);
        core.deployVerticle(new RouterVerticle(
                        "core", () -> new RunningRules(table, routerConfig.get()), LinkGrants.NONE, counters))
                .await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        Future.join(edge.close(), core.close()).await(10, TimeUnit.SECONDS);
        FakeClusterManager.reset();
    }

    @Test
    void asksTheRouterOfAnotherNode() throws Exception {
        announceEgressOnEdge();
        Sessions session = SESSION.user("love@v2ray.com", 1).protocol("tls");
        RouteDecision decision =
                client("core").route(RouteQuestion.first(session.get())).await(5, TimeUnit.SECONDS);
        assertThat(decision)
                .isEqualTo(new RouteDecision.Forward(
                        "edge",
                        "direct",
                        session.get().target(),
                        new SessionPolicy(600_000, 1_000, 1_000, SessionPolicy.DEFAULT_BUFFER_BYTES),
                        null,
                        CONFIG));
    }

    @Test
    void bringsARefusalAcross() throws Exception {
        assertThat(client("core").route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
    }

    @Test
    void hearsAnEgressOfAnotherNode() throws Exception {
        BusRegistration egress = announceEgressOnEdge();
        egress.close().await(5, TimeUnit.SECONDS);
        awaitDecision(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
    }

    @Test
    void asksTheRouterOfItsOwnNodeFirst() throws Exception {
        RouterService.register(edge, "edge", _ -> new RouteDecision.Refuse(CloseCause.ROUTE_REFUSED))
                .await(5, TimeUnit.SECONDS);
        RouterClient client = client("core", "edge");
        for (int i = 0; i < 20; i++) {
            assertThat(client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                    .isEqualTo(new RouteDecision.Refuse(CloseCause.ROUTE_REFUSED));
        }
        assertThat(counters.refused()).isZero();
    }

    /** A process that got no time for longer than another node's router would have had. */
    @Test
    void waitsForTheOnlyRouterWhereThatIsItsOwn() throws Exception {
        AtomicInteger questions = new AtomicInteger();
        edge.eventBus()
                .consumer(BusAddresses.router("edge"), question -> {
                    questions.incrementAndGet();
                    edge.setTimer(2 * RouterClient.TRY_MILLIS, _ -> question.reply(REFUSED, DECISION));
                })
                .completion()
                .await(5, TimeUnit.SECONDS);
        assertThat(client("edge").route(RouteQuestion.first(SESSION.get())).await(10, TimeUnit.SECONDS))
                .isEqualTo(REFUSED);
        assertThat(questions).hasValue(1);
    }

    @Test
    void leavesARouterThatDoesNotAnswerForTheNext() throws Exception {
        AtomicInteger swallowed = new AtomicInteger();
        core.eventBus()
                .consumer(BusAddresses.router("frozen"), _ -> swallowed.incrementAndGet())
                .completion()
                .await(5, TimeUnit.SECONDS);
        RouterClient client = client("frozen", "core");

        long before = System.nanoTime();
        RouteDecision decision =
                client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS);

        assertThat(decision).isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(ONE_TRY_NANOS);
        assertThat(swallowed).hasValue(1);
        assertThat(client.retries()).isEqualTo(1);
    }

    @Test
    void anotherRouterIsAskedBeforeOneThatKnowsNoEgressIsBelieved() throws Exception {
        announceEgressOnEdge();
        AtomicInteger asked = new AtomicInteger();
        for (String name : List.of("just back", "just back too")) {
            RouterService.register(core, name, _ -> {
                        asked.incrementAndGet();
                        return new RouteDecision.Refuse(CloseCause.NO_EGRESS);
                    })
                    .await(5, TimeUnit.SECONDS);
        }
        assertThat(client("just back", "core")
                        .route(RouteQuestion.first(SESSION.get()))
                        .await(5, TimeUnit.SECONDS))
                .isInstanceOf(RouteDecision.Forward.class);
        asked.set(0);
        RouterClient client = client("just back", "just back too");
        assertThat(client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
        assertThat(asked).as("each once").hasValue(2);
    }

    @Test
    void aQuestionThatWasLostIsAskedAgainWhereThereIsNoOtherRouter() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        RouteDecision answer = new RouteDecision.Refuse(CloseCause.ROUTE_REFUSED);
        core.eventBus()
                .<RouteQuestion>consumer(BusAddresses.router("forgetful"), message -> {
                    if (asked.incrementAndGet() > 1) {
                        message.reply(answer, DECISION);
                    }
                })
                .completion()
                .await(5, TimeUnit.SECONDS);
        assertThat(client("forgetful").route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .isEqualTo(answer);
    }

    @Test
    void avoidsARouterThatOwesAnswers() throws Exception {
        announceEgressOnEdge();
        core.eventBus()
                .consumer(BusAddresses.router("frozen"), _ -> {})
                .completion()
                .await(5, TimeUnit.SECONDS);
        RouterClient client = client("frozen", "core");
        Future<RouteDecision> stuck = client.route(RouteQuestion.first(SESSION.get()));

        for (int i = 0; i < 20; i++) {
            client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS);
        }
        assertThat(client.retries())
                .as("only the first session had met the frozen router")
                .isZero();
        assertThat(stuck.await(5, TimeUnit.SECONDS)).isInstanceOf(RouteDecision.Forward.class);
    }

    @Test
    void leavesARouterThatIsNotThereAtOnce() throws Exception {
        RouterClient client = client("gone", "gone too", "core");
        long before = System.nanoTime();
        assertThat(client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .isInstanceOf(RouteDecision.Refuse.class);
        assertThat(System.nanoTime() - before)
                .as("waiting for the two would take longer")
                .isLessThan(2 * ONE_TRY_NANOS);
    }

    @Test
    void leavesARouterThatFails() throws Exception {
        RouterService.register(core, "broken", _ -> {
                    throw new IllegalStateException("a fault that the test wants");
                })
                .await(5, TimeUnit.SECONDS);
        assertThat(client("broken", "core")
                        .route(RouteQuestion.first(SESSION.get()))
                        .await(5, TimeUnit.SECONDS))
                .isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
    }

    @Test
    void givesUpAfterThreeRoutersWithinThreeSeconds() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        for (String router : List.of("a", "b", "c", "d")) {
            core.eventBus()
                    .consumer(BusAddresses.router(router), _ -> asked.incrementAndGet())
                    .completion()
                    .await(5, TimeUnit.SECONDS);
        }
        RouterClient client = client("a", "b", "c", "d");

        long before = System.nanoTime();
        assertThat(failure(client, SESSION.get()).closeCause()).isEqualTo(CloseCause.NO_ROUTER);

        assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(3));
        assertThat(asked).hasValue(RouterClient.MAX_TRIES);
        assertThat(client.unanswered()).isEqualTo(1);
    }

    @Test
    void leavesARouterThatRunsAnEarlierConfigurationForOneThatHasIt() throws Exception {
        RouterService.register(core, "late", question -> question.epoch() > 1 ? null : REFUSED)
                .await(5, TimeUnit.SECONDS);
        ingressEpoch.set(2);
        routerConfig.set(ConfigVersion.of(2));
        RouterClient client = client("late", "core");
        long before = System.nanoTime();
        assertThat(client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
        assertThat(System.nanoTime() - before).isLessThan(ONE_TRY_NANOS);
        assertThat(client.behind()).isEqualTo(1);
        ingressEpoch.set(1);
        assertThat(client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .isEqualTo(REFUSED);
    }

    @Test
    void waitsForARouterToGetTheConfigurationThatTheIngressHas() throws Exception {
        ingressEpoch.set(2);
        routerConfig.set(ConfigVersion.of(1));
        RouterClient client = client("core");
        Future<RouteDecision> asked = client.route(RouteQuestion.first(SESSION.get()));
        until(() -> client.behind() > 1);
        assertThat(asked.isComplete()).isFalse();
        routerConfig.set(ConfigVersion.of(2));
        assertThat(asked.await(5, TimeUnit.SECONDS)).isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
        assertThat(counters.behind()).isPositive();
    }

    @Test
    void doesNotBelieveTheOldRulesOfARouterThatNeverGetsIt() throws Exception {
        ingressEpoch.set(2);
        routerConfig.set(ConfigVersion.of(1));
        long before = System.nanoTime();
        assertThat(failure(client("core"), SESSION.get()).closeCause()).isEqualTo(CloseCause.NO_ROUTER);
        assertThat(System.nanoTime() - before).isBetween(2 * ONE_TRY_NANOS, 5 * ONE_TRY_NANOS);
    }

    @Test
    void waitsForTheEgressOfANewOutboundToSayThatItServesIt() throws Exception {
        AtomicReference<NodeStatus> status =
                new AtomicReference<>(Nodes.egress("edge", 1, Set.of("old"), 0, false, NodeStatus.PROTOCOL_VERSION));
        ingressEpoch.set(2);
        routerConfig.set(ConfigVersion.of(2));
        NodeAnnouncements.announce(edge, status::get).await(5, TimeUnit.SECONDS);
        RouterClient client = client("core");
        // Until the router has heard the egress at all there is nobody to wait for.
        until(() -> {
            Future<RouteDecision> asked = client.route(RouteQuestion.first(SESSION.get()));
            until(() -> asked.isComplete() || client.behind() > 0);
            return client.behind() > 0;
        });
        Future<RouteDecision> asked = client.route(RouteQuestion.first(SESSION.get()));
        status.set(Nodes.egress("edge", 2, Set.of("old", "direct"), 0, false, NodeStatus.PROTOCOL_VERSION));
        NodeAnnouncements.ask(edge);
        assertThat(asked.await(5, TimeUnit.SECONDS)).isInstanceOf(RouteDecision.Forward.class);
    }

    private static void until(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    @Test
    void failsAtOnceWithoutAnyRouter() throws Exception {
        assertThat(failure(client(), SESSION.get()).closeCause()).isEqualTo(CloseCause.NO_ROUTER);
    }

    @Test
    void refusesADescriptorThatIsTooLongForTheBus() throws Exception {
        SessionDescriptor tooLong =
                SESSION.user("e".repeat(RecordFormat.MAX_BYTES), 0).get();
        assertThat(failure(client("core"), tooLong).closeCause()).isEqualTo(CloseCause.LIMIT);
        assertThat(client("core").route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .as("the connection is none the worse")
                .isInstanceOf(RouteDecision.Refuse.class);
    }

    @Test
    void leavesARouterWhoseDecisionIsTooLongForTheBus() throws Exception {
        RouteDecision tooLong = new RouteDecision.Forward(
                "egress",
                "t".repeat(RecordFormat.MAX_BYTES),
                SESSION.get().target(),
                SessionPolicy.DEFAULT,
                null,
                null);
        RouterService.register(core, "verbose", _ -> tooLong).await(5, TimeUnit.SECONDS);
        RouterClient client = client("verbose", "core");
        assertThat(client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .isEqualTo(new RouteDecision.Refuse(CloseCause.NO_EGRESS));
        assertThat(client.retries()).isEqualTo(1);
    }

    @Test
    void answersGarbageWithAFailureAndGoesOn() throws Exception {
        Vertx rogue = clustered();
        try {
            for (String codec : List.of("culvert.question", "culvert.node-status")) {
                rogue.eventBus().registerCodec(new Garbage(codec));
            }
            DeliveryOptions status = new DeliveryOptions().setCodecName("culvert.node-status");
            rogue.eventBus().publish(BusAddresses.status("core"), new byte[] {1, 2, 3}, status);
            DeliveryOptions descriptor = new DeliveryOptions().setCodecName("culvert.question");
            Throwable failure = rogue.eventBus()
                    .request(BusAddresses.router("core"), new byte[] {0, 9, 1, 2}, descriptor)
                    .<Throwable>transform(result -> Future.succeededFuture(result.cause()))
                    .await(5, TimeUnit.SECONDS);
            assertThat(failure)
                    .isInstanceOfSatisfying(
                            ReplyException.class,
                            e -> assertThat(e.failureType()).isEqualTo(ReplyFailure.RECIPIENT_FAILURE));
        } finally {
            rogue.close().await(10, TimeUnit.SECONDS);
        }
        announceEgressOnEdge();
        assertThat(client("core").route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS))
                .isInstanceOf(RouteDecision.Forward.class);
    }

    /** Asks the routers in this order: its random numbers are all 0. */
    private RouterClient client(String... routers) {
        return new RouterClient(edge, "edge", KnownRouters.of(routers), () -> 0, ingressEpoch::get);
    }

    private BusRegistration announceEgressOnEdge() throws Exception {
        NodeStatus status = Nodes.egress("edge", 1, Set.of("direct"), 0, false, NodeStatus.PROTOCOL_VERSION);
        BusRegistration registration =
                NodeAnnouncements.announce(edge, () -> status).await(5, TimeUnit.SECONDS);
        awaitDecision(new RouteDecision.Forward(
                "edge", "direct", SESSION.get().target(), SessionPolicy.DEFAULT, null, CONFIG));
        return registration;
    }

    private void awaitDecision(RouteDecision expected) throws Exception {
        RouterClient client = client("core");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        RouteDecision decision =
                client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS);
        while (!decision.equals(expected)) {
            assertThat(System.nanoTime()).as("still %s", decision).isLessThan(deadline);
            decision = client.route(RouteQuestion.first(SESSION.get())).await(5, TimeUnit.SECONDS);
        }
    }

    private static SessionFailure failure(RouterClient client, SessionDescriptor descriptor) throws Exception {
        Throwable cause = client.route(RouteQuestion.first(descriptor))
                .<Throwable>transform(result -> Future.succeededFuture(result.cause()))
                .await(5, TimeUnit.SECONDS);
        assertThat(cause).isInstanceOf(SessionFailure.class);
        return (SessionFailure) cause;
    }

    private static Vertx clustered() throws Exception {
        return Vertx.builder()
                .withClusterManager(new FakeClusterManager())
                .buildClustered()
                .await(10, TimeUnit.SECONDS);
    }

    /** Sends any bytes under the name of another codec. */
    private record Garbage(String name) implements MessageCodec<byte[], byte[]> {
        @Override
        public void encodeToWire(Buffer buffer, byte[] bytes) {
            buffer.appendBytes(bytes);
        }

        @Override
        public byte[] decodeFromWire(int position, Buffer buffer) {
            throw new IllegalStateException("nobody answers in this codec");
        }

        @Override
        public byte[] transform(byte[] bytes) {
            return bytes;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
