package io.culvert.launcher;

import io.culvert.admin.Metrics;
import io.culvert.admin.SessionView;
import io.culvert.bus.KnownRouters;
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
import io.culvert.ingress.session.LiveSession;
import io.culvert.launcher.reload.Snapshot;
import io.culvert.launcher.reload.Target;
import io.culvert.model.CloseCause;
import io.culvert.router.RouterCounters;
import io.culvert.router.RouterVerticle;
import io.culvert.router.policy.RoutingTable;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** A node's egress, router and ingress, deployed and joined. */
final class DeployedDataPath implements DataPath {
    private static final int HEXADECIMAL = 16;

    private final String node = "node-" + HexFormat.of().toHexDigits(new SecureRandom().nextInt());
    private final Ingress ingress;
    private final Egress egress;
    private final Inbounds inbounds;
    private final AtomicReference<RoutingTable> table;
    private final DataPathTarget target;
    private volatile Set<InetSocketAddress> ownAddresses = Set.of();
    private volatile long epoch = Snapshot.FIRST_EPOCH;

    private DeployedDataPath(Vertx vertx, NodeOptions options, RoutingTable first) {
        this.egress = new Egress(node, () -> ownAddresses);
        this.ingress = new Ingress(
                node,
                new RouterClient(vertx, node, KnownRouters.of(node), RandomGenerator.getDefault()),
                any -> egress,
                options.accessLog()::write,
                IngressLimits.of(OpenFiles.limit()),
                new SecureRandom());
        this.inbounds = new Inbounds(ingress);
        this.table = new AtomicReference<>(first);
        this.target =
                new DataPathTarget(vertx, node, egress, table, inbounds, this::committed, DeployedDataPath::inWords);
    }

    private void committed(long newEpoch) {
        epoch = newEpoch;
        ownAddresses = addresses();
    }

    private Set<InetSocketAddress> addresses() {
        return inbounds.listening().stream().map(Inbounds.Listening::address).collect(Collectors.toUnmodifiableSet());
    }

    /** Egress and router first, so that no session is accepted before it can be served. */
    static Future<DataPath> deploy(Vertx vertx, CulvertConfig config, NodeOptions options, Metrics metrics) {
        DeployedDataPath path = new DeployedDataPath(vertx, options, RoutingTable.of(config));
        path.register(metrics);
        try {
            path.egress.apply(config);
            path.inbounds.begin(config);
        } catch (TlsConfigException | ListenException e) {
            return Future.failedFuture(inWords(e));
        }
        RouterCounters counters = new RouterCounters();
        return vertx.deployVerticle(new RouterVerticle(path.node, path.table::get, counters))
                .compose(_ ->
                        vertx.deployVerticle(new EgressVerticle(path.node, path.egress, path.ingress.registry()::size)))
                .compose(_ -> path.deployIngress(vertx, Runtime.getRuntime().availableProcessors()))
                .map(path);
    }

    private Future<Void> deployIngress(Vertx vertx, int eventLoops) {
        Future<Void> deployed = Future.succeededFuture();
        // One after the other: the first binds, the others share, and a port that is taken is said once.
        for (int i = 0; i < eventLoops; i++) {
            deployed = deployed.compose(_ -> vertx.deployVerticle(new IngressVerticle(inbounds.listeners())))
                    .mapEmpty();
        }
        return deployed.onSuccess(_ -> ownAddresses = addresses())
                .recover(failure -> Future.failedFuture(inWords(failure)));
    }

    private static Throwable inWords(Throwable failure) {
        return switch (failure) {
            case ListenException taken -> StartFailure.ofListening(taken.socket(), taken.reason());
            case TlsConfigException unusable -> new StartFailure(String.valueOf(unusable.getMessage()));
            default -> failure;
        };
    }

    private void register(Metrics metrics) {
        var registry = ingress.registry();
        for (CloseCause cause : CloseCause.values()) {
            metrics.count(
                    "culvert.sessions",
                    "Sessions and handshakes that ended, by cause",
                    () -> registry.ended(cause),
                    "cause",
                    cause.text());
        }
        metrics.count(
                "culvert.bytes", "Payload of ended sessions, in bytes", registry::endedUplinkBytes, "direction", "up");
        metrics.count(
                "culvert.bytes",
                "Payload of ended sessions, in bytes",
                registry::endedDownlinkBytes,
                "direction",
                "down");
        metrics.count("culvert.connections.over.limit", "Connections closed at once by a limit", ingress::overLimit);
        metrics.gauge("culvert.connections.half.open", "Connections in their handshake", ingress.halfOpen()::now);
        metrics.gauge("culvert.limit.sessions", "The most live sessions", ingress.limits()::sessions);
        metrics.gauge("culvert.limit.half.open", "The most connections in handshake", ingress.limits()::halfOpen);
        metrics.gauge(
                "culvert.limit.datagram.sessions",
                "The most UDP sessions of a listening socket",
                ingress.limits()::datagramSessions);
    }

    @Override
    public List<Listening> listening() {
        return inbounds.listening().stream()
                .map(open -> new Listening(
                        open.inbound().settings().protocol() + (open.datagrams() ? "/udp" : ""),
                        open.inbound().tag(),
                        open.inbound().stream().security() instanceof SecuritySettings.Tls ? "tls" : "",
                        open.address()))
                .toList();
    }

    @Override
    public int liveSessions() {
        return ingress.registry().size() + ingress.halfOpen().now();
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
    public Future<Void> stopAccepting() {
        return inbounds.shutdown();
    }

    @Override
    public boolean closeSession(String id) {
        try {
            LiveSession session = ingress.registry().session(Long.parseUnsignedLong(id, HEXADECIMAL));
            if (session != null) {
                session.close(CloseCause.NOT_ALLOWED);
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

    /** The epoch of the configuration that this node runs. */
    long epoch() {
        return epoch;
    }
}
