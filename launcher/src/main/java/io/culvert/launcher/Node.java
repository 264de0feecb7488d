package io.culvert.launcher;

import io.culvert.admin.AdminOptions;
import io.culvert.admin.AdminServices;
import io.culvert.admin.AdminVerticle;
import io.culvert.admin.Metrics;
import io.culvert.admin.NodeView;
import io.culvert.bus.DrainRequests;
import io.culvert.bus.NodeStatus;
import io.culvert.config.ClusterConfig;
import io.culvert.config.CulvertConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.reader.ConfigFiles;
import io.culvert.config.reader.Environment;
import io.culvert.launcher.cluster.ClusterFailure;
import io.culvert.launcher.cluster.Farm;
import io.culvert.launcher.reload.FarmConfig;
import io.culvert.launcher.reload.Reloader;
import io.culvert.launcher.reload.Snapshot;
import io.culvert.model.NodeRole;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.VertxListeners;
import io.netty.channel.EventLoopGroup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running node: its Vert.x, its verticles and its admin server. */
public final class Node {
    /** How long the answer to who asked for a drain may take to leave before it begins. */
    private static final long ANSWER_MILLIS = 50;

    /** What a node calls itself that is no farm's. */
    private static final String OWN_NAME = "local";

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);

    private final NodeRuntime runtime;
    private volatile boolean accepting;
    private volatile boolean draining;
    private final AtomicBoolean drainAsked = new AtomicBoolean();
    private volatile @Nullable Drain drain;
    private volatile Runnable drainRequest = () -> drain(drainLimits());
    private volatile @Nullable DataPath dataPath;
    private volatile @Nullable RunningConfig running;
    private volatile String origin = "";
    private @Nullable InetSocketAddress admin;

    private Node(NodeRuntime runtime) {
        this.runtime = runtime;
        Metrics metrics = runtime.metrics();
        metrics.gauge("culvert.sessions.live", "Sessions that have not ended", this::liveSessions);
        metrics.gauge("culvert.draining", "1 while the node is being left", () -> draining ? 1 : 0);
        metrics.gauge("culvert.drain.seconds.left", "How long sessions may go on", this::drainSeconds);
        metrics.gauge(
                "culvert.limit.drain.soft.millis",
                "When idle sessions end in a drain",
                () -> drainLimits().softMillis());
        metrics.gauge(
                "culvert.limit.drain.hard.millis",
                "When all sessions end in a drain",
                () -> drainLimits().hardMillis());
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
        return runtime(config.cluster(), options.meetSeconds()).compose(runtime -> {
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
    private static Future<NodeRuntime> runtime(@Nullable ClusterConfig cluster, int meetSeconds) {
        long begun = System.nanoTime();
        if (cluster == null) {
            Vertx vertx = Vertx.builder()
                    .with(vertxOptions(processors()))
                    .withTransport(new VertxListeners())
                    .build();
            return Future.succeededFuture(new NodeRuntime(vertx, new Metrics(), null));
        }
        return Farm.join(cluster, vertxOptions(loops(cluster)))
                .recover(failure ->
                        Future.failedFuture(failure instanceof ClusterFailure known ? StartFailure.of(known) : failure))
                .compose(farm -> farm.listen()
                        .compose(
                                _ -> meetSeconds > 0 ? Company.met(farm, begun, meetSeconds) : Future.succeededFuture())
                        .map(farm)
                        .recover(failure -> farm.leave().transform(_ -> Future.failedFuture(failure))))
                .map(farm -> new NodeRuntime(farm.vertx(), new Metrics(), farm));
    }

    /** Vert.x reads and writes the bus on one loop, which is most of a decision's cost: handing it to another only makes it wait. */
    private static int loops(ClusterConfig cluster) {
        return cluster.roles().equals(Set.of(NodeRole.ROUTER)) ? 1 : processors();
    }

    private static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static VertxOptions vertxOptions(int loops) {
        return new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(loops)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
    }

    private Future<Node> deploy(CulvertConfig config, NodeOptions options, DataPath.Factory factory) {
        options.accessLog().register(runtime.metrics());
        return deployAdmin(options.admin())
                .compose(_ -> FirstConfig.of(runtime, config, options))
                .compose(first -> {
                    origin = first.origin();
                    Snapshot snapshot = first.snapshot();
                    return factory.deploy(
                                    runtime,
                                    snapshot.config(),
                                    options.with(snapshot.version(), snapshot.sources())
                                            .with(admin))
                            .compose(deployed -> share(deployed, first, options).map(deployed));
                })
                .map(deployed -> {
                    dataPath = deployed;
                    accepting = true;
                    return this;
                });
    }

    /** From here on this node takes other configurations, and has its part in those of the farm. */
    private Future<?> share(DataPath deployed, FirstConfig first, NodeOptions options) {
        Vertx vertx = runtime.vertx();
        Reloader own = new Reloader(
                vertx,
                Environment.ofProcess(),
                deployed.target(),
                first.snapshot(),
                first.previous(),
                options.applied());
        Farm farm = runtime.farm();
        if (farm == null) {
            running = new RunningConfig(vertx, own, null, options.applied(), options.sources());
            return Future.succeededFuture();
        }
        FarmConfig shared =
                new FarmConfig(vertx, farm.nodeId(), own, () -> farm.directory().nodes());
        RunningConfig made = new RunningConfig(vertx, own, shared, options.applied(), options.sources());
        running = made;
        deployed.overruled(shared::overruled);
        return shared.start()
                .compose(_ -> DrainRequests.serve(vertx, farm.nodeId(), this::beginDrain))
                .compose(_ -> first.fileWaits() ? made.applyOwnFile() : Future.succeededFuture());
    }

    /** Who it is in its farm and how many others are there, in a line; empty where it is no farm's. */
    public String company() {
        Farm farm = runtime.farm();
        return farm == null ? "" : Company.line(farm);
    }

    /** What a start is about to do, in a line; empty where it joins nobody. */
    public static String joining(CulvertConfig config) {
        ClusterConfig cluster = config.cluster();
        return cluster == null ? "" : Company.joining(cluster);
    }

    /** With which configuration it began and why, in words; empty where that was its own file's, as at every first start. */
    public String origin() {
        return origin;
    }

    private Future<Void> deployAdmin(@Nullable AdminOptions options) {
        if (options == null) {
            return Future.succeededFuture();
        }
        NodeAdmin services = new NodeAdmin(
                runtime.vertx(), () -> accepting, () -> dataPath, () -> running, this::nodes, this::drainRequested);
        AdminVerticle verticle = new AdminVerticle(options, runtime.metrics(), services);
        String address = HostPort.of(options.host(), options.port());
        return runtime.vertx()
                .deployVerticle(verticle)
                .onSuccess(_ -> admin = new InetSocketAddress(options.host(), verticle.port()))
                .<Void>mapEmpty()
                .recover(failure -> Future.failedFuture(StartFailure.ofListening("admin " + address, failure)));
    }

    private List<NodeView> nodes() {
        Farm farm = runtime.farm();
        return farm == null
                ? List.of(NodeViews.alone(OWN_NAME, liveSessions(), epoch(), draining, drainSeconds()))
                : NodeViews.of(farm);
    }

    private long epoch() {
        RunningConfig config = running;
        return config == null ? Snapshot.FIRST_EPOCH : config.current().epoch();
    }

    private String name() {
        Farm farm = runtime.farm();
        return farm == null ? OWN_NAME : NodeStatus.nameOf(farm.nodeId());
    }

    private Future<AdminServices.Drain> drainRequested(String name) {
        if (name.equals(name())) {
            return Future.succeededFuture(beginDrain() ? AdminServices.Drain.BEGUN : AdminServices.Drain.UNDER_WAY);
        }
        Farm farm = runtime.farm();
        return farm == null ? Future.succeededFuture(AdminServices.Drain.NO_SUCH_NODE) : drainOther(farm, name);
    }

    private static Future<AdminServices.Drain> drainOther(Farm farm, String name) {
        return farm.directory().nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .map(node -> node.draining()
                        ? Future.succeededFuture(AdminServices.Drain.UNDER_WAY)
                        : DrainRequests.send(farm.vertx(), node.node())
                                .map(begins -> begins ? AdminServices.Drain.BEGUN : AdminServices.Drain.UNDER_WAY))
                .orElse(Future.succeededFuture(AdminServices.Drain.NO_SUCH_NODE));
    }

    /** Has the drain begin in a moment: it ends with the end of the process, and who asked is to hear of it. */
    private boolean beginDrain() {
        if (draining || !drainAsked.compareAndSet(false, true)) {
            return false;
        }
        runtime.vertx().setTimer(ANSWER_MILLIS, _ -> {
            drainRequest.run();
            // Before the start is over nothing takes the request.
            drainAsked.set(draining);
        });
        return true;
    }

    /** What to do where somebody asks over the admin server that this node drain. */
    public void onDrainRequest(Runnable task) {
        drainRequest = task;
    }

    /**
     * Watches the files of the configuration, and takes what they become.
     *
     * @param read reads them anew; may block
     * @param files absolute; none where all of it comes from elsewhere, which is read again only by {@link #reread}
     * @param folder whose files are watched too, or null
     */
    public Future<Void> watch(Callable<ConfigFiles.Found> read, List<Path> files, @Nullable Path folder) {
        RunningConfig config = running;
        if (config == null) {
            throw new IllegalStateException("not started");
        }
        return config.watch(read, files, folder);
    }

    /**
     * Looks at the configuration's files now, and says in the log what comes of it.
     *
     * @return completes when that has been said
     */
    public Future<Void> reread() {
        RunningConfig config = running;
        Future<Void> looked = config == null ? null : config.lookNow();
        if (looked == null) {
            LOG.warn("the configuration did not come from a file, so there is nothing to read again");
            return Future.succeededFuture();
        }
        return looked;
    }

    /** The event loops that serve. */
    public EventLoopGroup loops() {
        return VertxChannels.loopsOf(runtime.vertx());
    }

    /** Every socket that is open for clients. */
    public List<Listening> listening() {
        DataPath path = dataPath;
        return path == null ? List.of() : path.listening();
    }

    /** Where the admin server listens, or null where there is none. */
    public @Nullable InetSocketAddress admin() {
        return admin;
    }

    /** How a drain goes by the configuration that runs. */
    public PolicyConfig.Drain drainLimits() {
        RunningConfig config = running;
        return config == null
                ? PolicyConfig.Drain.DEFAULT
                : config.current().config().policy().drain();
    }

    /**
     * Leaves: takes nobody new, lets sessions end until the limits, resets the rest, and stops.
     *
     * @return completes when everything is closed
     */
    public Future<Void> drain(PolicyConfig.Drain limits) {
        accepting = false;
        draining = true;
        RunningConfig config = running;
        if (config != null) {
            config.stop();
        }
        DataPath path = dataPath;
        if (path == null) {
            return close();
        }
        Drain begun = new Drain(runtime.vertx(), limits, path);
        drain = begun;
        Promise<Void> drained = Promise.promise();
        begun.run().onComplete(_ -> close().onComplete(drained::handle));
        return drained.future();
    }

    /**
     * Has a drain that has begun end now.
     *
     * @return completes when everything that was left has been reset, before the node is closed
     */
    public Future<Void> cut() {
        Drain begun = drain;
        return begun == null ? Future.succeededFuture() : begun.cut();
    }

    private int drainSeconds() {
        Drain begun = drain;
        return begun == null ? 0 : begun.secondsLeft();
    }

    private int liveSessions() {
        DataPath path = dataPath;
        return path == null ? 0 : path.liveSessions();
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
