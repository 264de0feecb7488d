package io.culvert.launcher;

import io.culvert.admin.AdminOptions;
import io.culvert.admin.AdminVerticle;
import io.culvert.admin.Metrics;
import io.culvert.admin.SessionView;
import io.culvert.config.ClusterConfig;
import io.culvert.config.CulvertConfig;
import io.culvert.launcher.cluster.Farm;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running node: its Vert.x, its verticles and its admin server. */
public final class Node {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final long DRAIN_POLL_MILLIS = 50;

    private final NodeRuntime runtime;
    private volatile boolean accepting;
    private @Nullable DataPath dataPath;
    private @Nullable InetSocketAddress admin;

    private Node(NodeRuntime runtime) {
        this.runtime = runtime;
        runtime.metrics().gauge("culvert.sessions.live", "Sessions that have not ended", this::liveSessions);
    }

    /**
     * Starts a node.
     *
     * @return completes once every socket is open and sessions are served; fails with {@link StartFailure} where the
     *     operator can mend it. Nothing of a failed start stays behind
     */
    public static Future<Node> start(CulvertConfig config, NodeOptions options) {
        return start(config, options, DeployedDataPath::deploy);
    }

    /** {@link #start(CulvertConfig, NodeOptions)} with another data path. */
    public static Future<Node> start(CulvertConfig config, NodeOptions options, DataPath.Factory factory) {
        return runtime(config.cluster()).compose(runtime -> {
            Node node = new Node(runtime);
            Promise<Node> started = Promise.promise();
            node.deploy(config, options, factory).onComplete(deployed -> {
                if (deployed.succeeded()) {
                    started.complete(node);
                } else {
                    node.close().onComplete(_ -> started.fail(deployed.cause()));
                }
            });
            return started.future();
        });
    }

    /** Vert.x; in a farm, the clustered one, which hears the other nodes already. */
    private static Future<NodeRuntime> runtime(@Nullable ClusterConfig cluster) {
        if (cluster == null) {
            return Future.succeededFuture(new NodeRuntime(Vertx.vertx(vertxOptions()), new Metrics(), null));
        }
        return Farm.join(cluster, vertxOptions())
                .compose(farm -> farm.listen()
                        .map(farm)
                        .recover(failure -> farm.leave().transform(_ -> Future.failedFuture(failure))))
                .map(farm -> new NodeRuntime(farm.vertx(), new Metrics(), farm));
    }

    private static VertxOptions vertxOptions() {
        return new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors())
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
    }

    private Future<Node> deploy(CulvertConfig config, NodeOptions options, DataPath.Factory factory) {
        return deployAdmin(options.admin())
                .compose(_ -> factory.deploy(runtime, config, options))
                .map(deployed -> {
                    dataPath = deployed;
                    accepting = true;
                    return this;
                });
    }

    private Future<Void> deployAdmin(@Nullable AdminOptions options) {
        if (options == null) {
            return Future.succeededFuture();
        }
        AdminVerticle verticle = new AdminVerticle(options, runtime.metrics(), () -> accepting, this::sessions);
        String address = HostPort.of(options.host(), options.port());
        return runtime.vertx()
                .deployVerticle(verticle)
                .onSuccess(_ -> admin = new InetSocketAddress(options.host(), verticle.port()))
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(StartFailure.ofListening("admin " + address, failure)));
    }

    /** Every socket that is open for clients. */
    public List<Listening> listening() {
        return dataPath == null ? List.of() : dataPath.listening();
    }

    /** Where the admin server listens, or null where there is none. */
    public @Nullable InetSocketAddress admin() {
        return admin;
    }

    /**
     * Stops: closes the listening sockets at once, lets sessions end until the limit, then ends the rest.
     *
     * @return completes when everything is closed
     */
    public Future<Void> drain(Duration limit) {
        accepting = false;
        long deadline = System.nanoTime() + limit.toNanos();
        Promise<Void> drained = Promise.promise();
        Future<Void> stopped = dataPath == null ? Future.succeededFuture() : dataPath.stopAccepting();
        stopped.onFailure(failure -> LOG.warn("a listening socket did not close: {}", failure.toString()))
                .onComplete(_ -> awaitSessions(deadline).onComplete(_ -> close().onComplete(drained::handle)));
        return drained.future();
    }

    private Future<Void> awaitSessions(long deadline) {
        Promise<Void> done = Promise.promise();
        int live = liveSessions();
        if (live > 0) {
            LOG.warn("draining: {} sessions are still open", live);
        }
        poll(done, deadline);
        return done.future();
    }

    private void poll(Promise<Void> done, long deadline) {
        int live = liveSessions();
        if (live == 0) {
            done.complete();
        } else if (System.nanoTime() - deadline >= 0) {
            LOG.warn("drain limit reached: {} sessions are cut", live);
            done.complete();
        } else {
            runtime.vertx().setTimer(DRAIN_POLL_MILLIS, _ -> poll(done, deadline));
        }
    }

    private int liveSessions() {
        DataPath path = dataPath;
        return path == null ? 0 : path.liveSessions();
    }

    private List<SessionView> sessions() {
        DataPath path = dataPath;
        return path == null ? List.of() : path.sessions();
    }

    /**
     * Closes Vert.x from a thread outside of it, and tells of it by a future without a context: what is to be told on one of
     * its own event loops is never told once they have ended.
     */
    private Future<Void> close() {
        accepting = false;
        Promise<Void> closed = Promise.promise();
        Thread.ofPlatform()
                .name("close")
                .start(() -> leave().onComplete(result -> {
                    runtime.metrics().close();
                    closed.handle(result);
                }));
        return closed.future();
    }

    private Future<Void> leave() {
        Farm farm = runtime.farm();
        return farm == null ? runtime.vertx().close() : farm.leave();
    }
}
