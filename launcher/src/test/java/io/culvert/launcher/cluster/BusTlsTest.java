package io.culvert.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.test.fakecluster.FakeClusterManager;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The event bus between two nodes, one of which has a certificate that has expired until it is renewed. */
class BusTlsTest {
    /** Node certificates are valid for five years. */
    private static final Duration TOO_LONG = Duration.ofDays(5 * 366);

    private static final DeliveryOptions SOON = new DeliveryOptions().setSendTimeout(1_000);
    private static final long SECONDS = 30;

    @TempDir
    private Path base = Path.of("");

    private final List<Vertx> nodes = new ArrayList<>();

    @BeforeEach
    void init() {
        FakeClusterManager.reset();
    }

    @AfterEach
    void close() throws Exception {
        for (Vertx node : nodes) {
            get(node.close());
        }
        FakeClusterManager.reset();
    }

    private Vertx node(ClusterSecrets secrets) throws Exception {
        EventBusOptions bus = new EventBusOptions().setHost("127.0.0.1").setConnectTimeout(1_000);
        BusTls.set(bus, secrets);
        Vertx made = get(Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(bus))
                .withClusterManager(new FakeClusterManager())
                .buildClustered());
        nodes.add(made);
        return made;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    }

    private static boolean answers(Vertx asking, String address) throws Exception {
        return get(asking.eventBus()
                .<String>request(address, "a question", SOON)
                .map(answer -> answer.body().equals("an answer"))
                .otherwise(false));
    }

    /** A connection of before may still be about to fail, with what was asked on it. */
    private static boolean answersInTime(Vertx asking, String address) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        boolean answers = answers(asking, address);
        while (!answers && System.nanoTime() - deadline < 0) {
            answers = answers(asking, address);
        }
        return answers;
    }

    private static void serve(Vertx node, String address) throws Exception {
        get(node.eventBus()
                .<String>consumer(address, question -> question.reply("an answer"))
                .completion());
    }

    @Test
    void aRenewedCertificateIsShownByTheServerAndTheClientOfABusThatRuns() throws Exception {
        Instant now = Instant.now();
        Instant longAgo = now.minus(TOO_LONG);
        ClusterAuthority farm = new ClusterAuthority(base.resolve("farm"), new SecureRandom());
        farm.init("first", longAgo);
        ClusterSecrets valid = ClusterSecrets.read(farm.issue("valid", now), now);
        ClusterSecrets expired = ClusterSecrets.read(farm.issue("late", longAgo), longAgo);
        Vertx one = node(valid);
        Vertx late = node(expired);
        serve(one, "one");
        serve(late, "late");
        assertThat(answers(one, "late"))
                .as("a server with an expired certificate")
                .isFalse();
        assertThat(answers(late, "one"))
                .as("a client with an expired certificate")
                .isFalse();

        get(BusTls.renew(late, ClusterSecrets.read(farm.issue("renewed", now), now)));
        assertThat(answersInTime(one, "late")).isTrue();
        assertThat(answersInTime(late, "one")).isTrue();
    }
}
