package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.admin.SessionView;
import io.culvert.bus.KnownRouters;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouterClient;
import io.culvert.config.CulvertConfig;
import io.culvert.config.SecuritySettings;
import io.culvert.egress.Egress;
import io.culvert.egress.EgressVerticle;
import io.culvert.ingress.IngressVerticle;
import io.culvert.ingress.listener.Inbounds;
import io.culvert.ingress.listener.Ingress;
import io.culvert.ingress.listener.IngressLimits;
import io.culvert.ingress.listener.ListenException;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.ingress.session.LiveSession;
import io.culvert.launcher.cluster.Farm;
import io.culvert.launcher.reload.Target;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.NodeRole;
import io.culvert.router.RouterCounters;
import io.culvert.router.RouterVerticle;
import io.culvert.router.RunningRules;
import io.culvert.router.policy.RoutingTable;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.SessionLoops;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.unix.UnixAddress;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's egress, router and ingress, deployed and joined. */
final class DeployedDataPath implements DataPath {
    private static final int HEXADECIMAL = 16;
    private static final Logger LOG = LoggerFactory.getLogger(DeployedDataPath.class);

    private final NodeRuntime runtime;
    private final String node;
    private final Set<NodeRole> roles;
    private final Ingress ingress;
    private final Egress egress;
    private final Inbounds inbounds;
    /** What ingress and router of this node decide by; ahead of {@link #version} while sockets are changed. */
    private final AtomicReference<@Nullable RunningRules> rules = new AtomicReference<>();

    private final DataPathTarget target;
    private final SeenMemory seen;
    private final NodeLinks links;
    private final RefusalLog refusals = new RefusalLog(System::nanoTime, LOG::warn);
    /** What no node of the farm may send sessions to on this one. */
    private final Supplier<Set<InetSocketAddress>> closed;

    private volatile Set<InetSocketAddress> ownAddresses = Set.of();
    private volatile @Nullable RouterVerticle router;

    private volatile ConfigVersion version;
    private volatile LongSupplier overruled = () -> 0;
    private volatile boolean draining;
    private volatile IntSupplier drainSeconds = () -> 0;

    DeployedDataPath(NodeRuntime runtime, NodeOptions options) throws TlsConfigException {
        long openFiles = OpenFiles.limit();
        IngressLimits limits = IngressLimits.of(openFiles, Runtime.getRuntime().maxMemory());
        Farm farm = runtime.farm();
        this.runtime = runtime;
        this.version = options.version();
        this.node = farm == null ? "node-" + HexFormat.of().toHexDigits(new SecureRandom().nextInt()) : farm.nodeId();
        this.roles = farm == null ? Set.of(NodeRole.values()) : farm.config().roles();
        this.egress = new Egress(
                node,
                () -> ownAddresses,
                farm == null ? Set::of : farm.directory()::closed,
                AdminAddress.guarded(options));
        this.closed = () -> farm == null ? Set.of() : AdminAddress.announced(options, farm.ownAddresses());
        IntSupplier others = farm == null ? () -> 0 : farm.directory()::peers;
        this.links = NodeLinks.of(farm, egress, () -> limits.sessionsBeside(others.getAsInt()));
        KnownRouters routers =
                farm == null ? KnownRouters.of(node) : farm.directory().routers();
        RouterClient asking =
                new RouterClient(runtime.vertx(), node, routers, RandomGenerator.getDefault(), this::epoch);
        if (farm != null) {
            farm.onLost(asking::lost);
        }
        this.seen = new SeenMemory(options.seenHeaders());
        this.ingress = new Ingress(
                node,
                asking,
                of -> of.equals(node) ? egress : links.outbound(),
                links.address() != null,
                options.accessLog().sessions(),
                limits,
                seen,
                others,
                new SecureRandom());
        this.inbounds = new Inbounds(ingress);
        IngressCounters.watch(refusals, ingress, openFiles);
        ConnectionCounters.watch(refusals);
        links.watch(refusals);
        LOG.info(IngressCounters.limits(ingress, openFiles));
        LOG.info(ConnectionCounters.limits());
        links.limits().forEach(LOG::info);
        this.target = new DataPathTarget(
                runtime.vertx(),
                node,
                egress,
                rules,
                has(NodeRole.INGRESS) ? inbounds : null,
                next -> servedTags(next),
                this::routersSettled,
                this::committed,
                DeployedDataPath::inWords);
    }

    private Set<String> servedTags(CulvertConfig config) {
        return has(NodeRole.EGRESS) ? ServedOutbounds.tags(config, runtime.farm()) : Set.of();
    }

    private void committed(ConfigVersion now) {
        version = now;
        ownAddresses = addresses();
        NodeAnnouncements.ask(runtime.vertx());
    }

    private Future<Void> routersSettled() {
        RouterVerticle own = router;
        return own == null ? Future.succeededFuture() : own.settled();
    }

    private Future<?> deployRouter(Vertx vertx, RouterCounters counters) {
        RouterVerticle own = new RouterVerticle(node, this::rules, links.grants(), counters);
        return vertx.deployVerticle(own).onSuccess(_ -> router = own);
    }

    private long epoch() {
        return rules().config().epoch();
    }

    private RunningRules rules() {
        RunningRules now = rules.get();
        if (now == null) {
            throw new IllegalStateException("asked before there was a configuration");
        }
        return now;
    }

    private Set<InetSocketAddress> addresses() {
        return inbounds.listening().stream()
                .map(Inbounds.Listening::address)
                .filter(Objects::nonNull)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Egress and router first, so that no session is accepted before it can be served. */
    static Future<DataPath> deploy(NodeRuntime runtime, CulvertConfig config, NodeOptions options) {
        Vertx vertx = runtime.vertx();
        DeployedDataPath path;
        try {
            path = new DeployedDataPath(runtime, options);
        } catch (TlsConfigException e) {
            return Future.failedFuture(inWords(e));
        }
        RouterCounters counters = new RouterCounters();
        path.register(runtime.metrics());
        path.register(runtime.metrics(), counters);
        path.target.serve(path.servedTags(config));
        vertx.setPeriodic(RefusalLog.LOOK_MILLIS, _ -> path.refusals.look());
        // Certificates and lists of addresses are files.
        return vertx.deployVerticle(new SeenHeadersVerticle(path.seen))
                .compose(_ -> vertx.executeBlocking(() -> path.begin(config)))
                .compose(_ -> path.when(NodeRole.ROUTER, () -> path.deployRouter(vertx, counters)))
                .compose(_ -> vertx.deployVerticle(new EgressVerticle(path.egress)))
                .compose(_ -> path.when(NodeRole.EGRESS, path.links::listen))
                .compose(_ -> path.announce())
                .compose(_ -> path.when(
                        NodeRole.INGRESS,
                        () -> path.deployIngress(vertx, Runtime.getRuntime().availableProcessors())))
                .recover(failure -> Future.failedFuture(inWords(failure)))
                .map(path);
    }

    /** Makes everything of the first configuration but its sockets. Reads files. */
    RunningRules begin(CulvertConfig config) throws TlsConfigException, ListenException {
        egress.apply(config, version);
        if (has(NodeRole.INGRESS)) {
            inbounds.begin(config);
        }
        RunningRules first = new RunningRules(RoutingTable.of(config), version);
        rules.set(first);
        return first;
    }

    private boolean has(NodeRole role) {
        return roles.contains(role);
    }

    private Future<?> when(NodeRole role, Supplier<Future<?>> deployment) {
        return has(role) ? deployment.get() : Future.succeededFuture();
    }

    private Future<?> announce() {
        Farm farm = runtime.farm();
        if (farm == null) {
            return NodeAnnouncements.announce(runtime.vertx(), this::status);
        }
        farm.announce(this::status);
        return Future.succeededFuture();
    }

    private NodeStatus status() {
        Farm farm = runtime.farm();
        return new NodeStatus(
                node,
                version,
                roles,
                target.tags(),
                liveSessions(),
                ProcessLoad.percent(),
                farm == null ? NodeStatus.USUAL_WEIGHT : farm.config().weight(),
                draining,
                Math.min(drainSeconds.getAsInt(), NodeStatus.MAX_DRAIN_SECONDS),
                has(NodeRole.EGRESS) ? links.address() : null,
                closed.get(),
                NodeStatus.PROTOCOL_VERSION,
                overruled.getAsLong());
    }

    private Future<Void> deployIngress(Vertx vertx, int eventLoops) {
        Future<Void> deployed = Future.succeededFuture();
        SessionLoops loops = sessionLoops(vertx);
        // One after the other: a port that is taken is said once.
        for (int i = 0; i < eventLoops; i++) {
            deployed = deployed.compose(_ -> vertx.deployVerticle(new IngressVerticle(inbounds.listeners(loops))))
                    .mapEmpty();
        }
        return deployed.onSuccess(_ -> ownAddresses = addresses());
    }

    /** The first is where questions about sessions leave: the own router's, or the event bus's. */
    private SessionLoops sessionLoops(Vertx vertx) {
        EventLoopGroup all = VertxChannels.loopsOf(vertx);
        Farm farm = runtime.farm();
        RouterVerticle own = router;
        EventLoop first =
                own != null ? VertxChannels.loopOf(own.context()) : farm != null ? farm.busLoop() : all.next();
        return new SessionLoops(all, first);
    }

    private static Throwable inWords(Throwable failure) {
        return switch (failure) {
            case ListenException taken -> StartFailure.ofListening(taken.socket(), taken.reason());
            case TlsConfigException unusable -> new StartFailure(String.valueOf(unusable.getMessage()));
            default -> failure;
        };
    }

    private void register(Metrics metrics, RouterCounters counters) {
        String decisions = "culvert.router.decisions";
        String help = "Sessions that this node's router has decided on";
        metrics.count(decisions, help, counters::forwarded, "outcome", "forwarded");
        metrics.count(decisions, help, counters::refused, "outcome", "refused");
        metrics.count(
                "culvert.router.behind",
                "Questions of an ingress with a configuration that has not arrived here, or at an egress",
                counters::behind);
        metrics.count("culvert.routing.retries", "Further routers asked", ingress.router()::retries);
        metrics.count(
                "culvert.routing.unanswered", "Sessions that no router answered for", ingress.router()::unanswered);
    }

    private void register(Metrics metrics) {
        links.register(metrics);
        IngressCounters.register(metrics, ingress);
        ConnectionCounters.register(metrics);
        metrics.count(
                "culvert.egress.behind",
                "Orders that waited for a configuration which this egress has missed",
                egress::awaited);
        metrics.count("culvert.egress.behind.refused", "Those for which it did not arrive in time", egress::unarrived);
    }

    @Override
    public List<Listening> listening() {
        return inbounds.listening().stream()
                .map(open -> new Listening(
                        open.inbound().settings().protocol() + (open.datagrams() ? "/udp" : ""),
                        open.inbound().tag(),
                        open.inbound().stream().security() instanceof SecuritySettings.Tls ? "tls" : "",
                        place(open)))
                .toList();
    }

    private static String place(Inbounds.Listening open) {
        InetSocketAddress address = open.address();
        var unix = open.inbound().unixSocket();
        return address != null || unix == null
                ? HostPort.of(Objects.requireNonNull(address))
                : UnixAddress.of(unix).toString();
    }

    @Override
    public int liveSessions() {
        return ingress.registry().size() + ingress.halfOpen().now() + links.sessions();
    }

    @Override
    public int handshakes() {
        return ingress.halfOpen().now();
    }

    @Override
    public List<SessionView> sessions() {
        return ingress.registry().sessions().stream()
                .map(DeployedDataPath::view)
                .toList();
    }

    private static SessionView view(LiveSession session) {
        var descriptor = session.descriptor();
        return new SessionView(
                Long.toHexString(descriptor.id()),
                HostPort.of(descriptor.source()),
                descriptor.inboundTag(),
                descriptor.target().toString(),
                session.outboundTag(),
                descriptor.user() == null ? "" : descriptor.user().email(),
                session.state(),
                System.currentTimeMillis() - session.ageMillis(),
                session.uplinkBytes(),
                session.downlinkBytes());
    }

    @Override
    public void overruled(LongSupplier epoch) {
        overruled = epoch;
    }

    @Override
    public void leave(IntSupplier secondsLeft) {
        drainSeconds = secondsLeft;
        draining = true;
        NodeAnnouncements.ask(runtime.vertx());
        links.drain();
    }

    @Override
    public Future<Void> stopAccepting() {
        return inbounds.shutdown();
    }

    @Override
    public void endWhenIdle(long nanos, CloseCause cause) {
        ingress.registry().endWhenIdle(nanos, cause);
        links.endWhenIdle(nanos, cause);
    }

    @Override
    public void endAll(CloseCause cause) {
        ingress.registry().closeAll(cause);
        links.endSessions(cause);
    }

    @Override
    public boolean closeSession(String id) {
        try {
            LiveSession session = ingress.registry().session(Long.parseUnsignedLong(id, HEXADECIMAL));
            if (session != null) {
                session.close(CloseCause.ENDED_BY_OPERATOR);
            }
            return session != null;
        } catch (NumberFormatException _) {
            return false;
        }
    }

    @Override
    public Target target() {
        return target;
    }
}
