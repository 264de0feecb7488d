package io.culvert.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.bus.BusAddresses;
import io.culvert.bus.NodeBridge;
import io.culvert.bus.RouteQuestion;
import io.culvert.bus.RouterClient;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.test.fakecluster.FakeClusterManager;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Questions on their way to a router whose connection breaks. */
class LostRouterTest {
    private Vertx edge;
    private Vertx core;

    @BeforeEach
    void start() throws Exception {
        edge = clustered();
        core = clustered();
        NodeBridge.connect(core, "core", List::of).await(10, TimeUnit.SECONDS);
    }

    private static Vertx clustered() throws Exception {
        return Vertx.builder()
                .withClusterManager(new FakeClusterManager())
                .buildClustered()
                .await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        Future.join(edge.close(), core.close()).await(10, TimeUnit.SECONDS);
        FakeClusterManager.reset();
    }

    /** Every router is lost as soon as it is asked, and answers nobody; what is said of another node changes nothing. */
    @Test
    void theNextIsAskedAtOnce() throws Exception {
        RouterClient client = new RouterClient(edge, "edge", () -> List.of("one", "two", "three"), new Random(1));
        AtomicInteger questions = new AtomicInteger();
        for (String router : List.of("one", "two", "three")) {
            core.eventBus()
                    .consumer(BusAddresses.router(router), _ -> {
                        questions.incrementAndGet();
                        client.lost("another");
                        client.lost(router);
                    })
                    .completion()
                    .await(10, TimeUnit.SECONDS);
        }
        Future<?> asked =
                client.route(RouteQuestion.first(Sessions.to("www.example.com").get()));
        SessionFailure failure = asked.transform(result -> Future.succeededFuture(result.cause()))
                .map(SessionFailure.class::cast)
                .await(30, TimeUnit.SECONDS);
        assertThat(failure.closeCause()).isEqualTo(CloseCause.NO_ROUTER);
        assertThat(failure.getMessage()).contains("asked 3 times").contains("its connection was lost");
        assertThat(questions).hasValue(3);
        assertThat(client.retries()).isEqualTo(2);
    }
}
