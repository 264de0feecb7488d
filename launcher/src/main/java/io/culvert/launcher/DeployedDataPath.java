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
import io.culvert.ingress.listener.Ingress;
import io.culvert.ingress.listener.IngressLimits;
import io.culvert.ingress.listener.IngressListeners;
import io.culvert.ingress.listener.ListenException;
import io.culvert.ingress.session.LiveSession;
import io.culvert.model.CloseCause;
import io.culvert.router.RouterCounters;
import io.culvert.router.RouterVerticle;
import io.culvert.router.policy.RoutingTable;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** A node's egress, router and ingress, deployed and joined. */
final class DeployedDataPath implements DataPath {
    /** How long connections may stay once their listener is closed; the node's own drain limit comes first. */
    private static final Duration LONGEST_DRAIN = Duration.ofHours(24);

    private final String node = "node-" + HexFormat.of().toHexDigits(new SecureRandom().nextInt());
    private final Ingress ingress;
    private final Egress egress;
    private final List<IngressListeners> listeners = new ArrayList<>();
    private volatile Set<InetSocketAddress> ownAddresses = Set.of();

    private DeployedDataPath(Vertx vertx, NodeOptions options) {
        this.egress = new Egress(node, () -> ownAddresses);
        this.ingress = new Ingress(
                node,
                new RouterClient(vertx, node, KnownRouters.of(node), RandomGenerator.getDefault()),
                any -> egress,
                options.accessLog()::write,
                IngressLimits.of(OpenFiles.limit()),
                new SecureRandom());
    }

    /** Egress and router first, so that no session is accepted before it can be served. */
    static Future<DataPath> deploy(Vertx vertx, CulvertConfig config, NodeOptions options, Metrics metrics) {
        DeployedDataPath path = new DeployedDataPath(vertx, options);
        path.register(metrics);
        RoutingTable table;
        try {
            path.egress.apply(config);
            table = RoutingTable.of(config);
        } catch (TlsConfigException e) {
            return Future.failedFuture(new StartFailure(String.valueOf(e.getMessage())));
        }
        RouterCounters counters = new RouterCounters();
        return vertx.deployVerticle(new RouterVerticle(path.node, () -> table, counters))
                .compose(_ ->
                        vertx.deployVerticle(new EgressVerticle(path.node, path.egress, path.ingress.registry()::size)))
                .compose(_ ->
                        path.deployIngress(vertx, config, Runtime.getRuntime().availableProcessors()))
                .map(path);
    }

    private Future<Void> deployIngress(Vertx vertx, CulvertConfig config, int eventLoops) {
        var protocols = IngressListeners.protocols(config);
        Future<Void> deployed = Future.succeededFuture();
        // One after the other: the first binds, the others share, and a port that is taken is said once.
        for (int i = 0; i < eventLoops; i++) {
            IngressListeners own = new IngressListeners(ingress, config, protocols, i == 0);
            deployed = deployed.compose(_ -> vertx.deployVerticle(new IngressVerticle(own)))
                    .onSuccess(_ -> listeners.add(own))
                    .mapEmpty();
        }
        return deployed.onSuccess(_ -> ownAddresses = listeners.getFirst().listening().stream()
                        .map(IngressListeners.Listening::address)
                        .collect(Collectors.toUnmodifiableSet()))
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
        metrics.gauge(
                "culvert.limit.kcp.half.open",
                "The most mKCP sessions of a listening socket whose clients are not confirmed",
                ingress.limits()::kcpHalfOpen);
        metrics.count(
                "culvert.kcp.over.limit",
                "mKCP sessions that found no place among the unconfirmed ones, or lost it",
                ingress.kcpOverLimit()::sum);
    }

    @Override
    public List<Listening> listening() {
        if (listeners.isEmpty()) {
            return List.of();
        }
        return listeners.getFirst().listening().stream()
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
        listeners.forEach(own -> own.shutdown(LONGEST_DRAIN));
        return Future.succeededFuture();
    }
}
