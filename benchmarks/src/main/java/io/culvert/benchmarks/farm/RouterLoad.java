package io.culvert.benchmarks.farm;

import io.culvert.bus.RouteQuestion;
import io.culvert.bus.RouterClient;
import io.culvert.config.ClusterConfig;
import io.culvert.config.ClusterConfig.LinkSecurity;
import io.culvert.config.Position;
import io.culvert.launcher.cluster.Farm;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.NodeRole;
import io.culvert.model.RouteDecision;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A member of a farm that asks its router all the time: as an ingress does it, by {@link RouterClient} over the event bus, but
 * for sessions that nobody has. A question is a whole descriptor, and the answer a decision with a ticket.
 */
public final class RouterLoad {
    private static final int SAMPLES = 1 << 20;
    private static final Duration FIND = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 100;
    private static final int LOOPS = Runtime.getRuntime().availableProcessors();

    private final Farm farm;
    private final RouterClient client;
    private final InetSocketAddress source;
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final int[] micros = new int[SAMPLES];
    private final CompletableFuture<Void> fault = new CompletableFuture<>();

    private RouterLoad(Farm farm, InetAddress source) {
        this.farm = farm;
        this.client =
                new RouterClient(farm.vertx(), farm.nodeId(), farm.directory().routers(), new Random());
        this.source = new InetSocketAddress(source, 50_000);
    }

    /**
     * Runs, and prints what was measured in the second half of the time: decisions a second, p50 and p99 of the microseconds until
     * an answer, and the microseconds of CPU that a decision costs the router and this process.
     *
     * @param args {@code SECRETS FARM BIND MEMBER ROUTER-PID AT-ONCE SECONDS}
     */
    public static void main(String[] args) throws Exception {
        ClusterConfig config = new ClusterConfig(
                args[1],
                Set.of(NodeRole.INGRESS),
                args[2],
                ClusterConfig.DEFAULT_PORT,
                List.of(args[3]),
                ClusterConfig.DEFAULT_BUS_PORT,
                new ClusterConfig.Link(ClusterConfig.Link.DEFAULT_PORT, LinkSecurity.TLS),
                ClusterConfig.USUAL_WEIGHT,
                List.of(),
                args[0],
                Position.NONE);
        VertxOptions options = new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(LOOPS);
        Farm farm = await(Farm.join(config, options));
        await(farm.listen());
        ProcessHandle router = ProcessHandle.of(Long.parseLong(args[4])).orElseThrow();
        new RouterLoad(farm, InetAddress.getByName(args[2]))
                .run(router, Integer.parseInt(args[5]), Integer.parseInt(args[6]));
        await(farm.leave());
        System.exit(0);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get();
    }

    private void run(ProcessHandle router, int atOnce, int seconds) throws Exception {
        findRouter();
        await(farm.vertx()
                .deployVerticle(
                        () -> new Asker((atOnce + LOOPS - 1) / LOOPS), new DeploymentOptions().setInstances(LOOPS)));
        pass(seconds / 2);
        long before = answered.get();
        long start = System.nanoTime();
        double routerBefore = cpuMicros(router);
        double ownBefore = cpuMicros(ProcessHandle.current());
        pass(seconds - seconds / 2);
        long count = answered.get() - before;
        double perSecond = count * 1e9 / (System.nanoTime() - start);
        double routerMicros = (cpuMicros(router) - routerBefore) / count;
        double ownMicros = (cpuMicros(ProcessHandle.current()) - ownBefore) / count;
        int[] last = new int[(int) Math.min(SAMPLES, count)];
        for (int i = 0; i < last.length; i++) {
            last[i] = micros[(int) ((before + i) % SAMPLES)];
        }
        Arrays.sort(last);
        System.out.printf(
                "%.0f %d %d %.1f %.1f%n",
                perSecond, last[last.length / 2], last[(int) (last.length * 0.99)], routerMicros, ownMicros);
    }

    private void findRouter() throws Exception {
        CompletableFuture<Void> found = new CompletableFuture<>();
        long looking = farm.vertx().setPeriodic(LOOK_MILLIS, _ -> {
            if (isWhole()) {
                found.complete(null);
            }
        });
        try {
            found.get(FIND.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException _) {
            throw new IOException(
                    "no farm with one router and an egress: " + farm.directory().nodes());
        } finally {
            farm.vertx().cancelTimer(looking);
        }
    }

    private boolean isWhole() {
        return farm.directory().routers().nodes().size() == 1
                && farm.directory().nodes().stream()
                        .anyMatch(node -> node.roles().contains(NodeRole.EGRESS));
    }

    /** Lets time pass; fails where a question has. */
    private void pass(int seconds) throws Exception {
        try {
            fault.get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException _) {
            // All is well.
        }
    }

    /** User and system, as the system counts them. */
    private static double cpuMicros(ProcessHandle process) {
        return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e3;
    }

    /** Keeps some questions open, all of one event loop. */
    private final class Asker extends VerticleBase {
        private final int atOnce;

        Asker(int atOnce) {
            this.atOnce = atOnce;
        }

        @Override
        public Future<?> start() {
            for (int i = 0; i < atOnce; i++) {
                ask();
            }
            return Future.succeededFuture();
        }

        private void ask() {
            long id = asked.incrementAndGet();
            Destination target = Destination.tcp(new Address.Domain("host-" + id % 1_000 + ".bench.test"), 443);
            SessionDescriptor session = new SessionDescriptor(
                    id,
                    farm.nodeId(),
                    "in",
                    source,
                    target,
                    TargetOrigin.CLIENT,
                    new UserRef("bench@culvert.test", 0),
                    null);
            long start = System.nanoTime();
            client.route(RouteQuestion.first(session)).onComplete(answer -> {
                if (answer.succeeded()
                        && answer.result() instanceof RouteDecision.Forward forward
                        && forward.link() != null) {
                    micros[(int) (answered.getAndIncrement() % SAMPLES)] = (int) ((System.nanoTime() - start) / 1_000);
                    ask();
                } else {
                    fault.completeExceptionally(new IOException("session " + id + " was not decided: " + answer));
                }
            });
        }
    }
}
