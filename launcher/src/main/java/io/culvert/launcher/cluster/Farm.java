package io.culvert.launcher.cluster;

import io.culvert.bus.BusRegistration;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeBridge;
import io.culvert.bus.NodeStatus;
import io.culvert.config.ClusterConfig;
import io.culvert.model.NodeRole;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.link.LinkLimits;
import io.culvert.transport.raw.VertxListeners;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.spi.cluster.ClusterManager;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's membership in a farm: a clustered Vert.x whose join is guarded and whose event bus speaks mutual TLS, and the
 * directory of the other nodes.
 */
public final class Farm {
    private static final Logger LOG = LoggerFactory.getLogger(Farm.class);

    /** How often a silent connection of the event bus is asked whether it lives, and how long it may take to say so. */
    private static final long BUS_PING_MILLIS = 1_000;

    private static final long BUS_PING_REPLY_MILLIS = 2_000;
    private static final int BUS_CONNECT_MILLIS = 1_000;

    /** Where Vert.x gives up what was to be sent. */
    private static final Set<String> CONNECTIONS = Set.of(
            "io.vertx.core.eventbus.impl.clustered.OutboundConnection", "io.vertx.core.net.impl.VertxConnection");

    private final Vertx vertx;
    private final String nodeId;
    private final ClusterConfig config;
    /** Those of the start. */
    private final ClusterSecrets secrets;

    private final List<Consumer<ClusterSecrets>> renewals = new CopyOnWriteArrayList<>();
    private volatile ClusterSecrets latest;
    private final HazelcastMember member;
    private final FarmClusterManager manager;
    private final BusGate gate;
    private final NodeDirectory directory;
    private final AloneWatch alone;
    private @Nullable BusRegistration announcing;
    private volatile Consumer<String> lost = _ -> {};
    /** What this node says of itself. */
    private volatile Supplier<NodeStatus> status;

    private Farm(
            Vertx vertx,
            String nodeId,
            ClusterConfig config,
            ClusterSecrets secrets,
            HazelcastMember member,
            FarmClusterManager manager,
            BusGate gate) {
        this.manager = manager;
        this.gate = gate;
        this.vertx = vertx;
        this.nodeId = nodeId;
        this.config = config;
        this.secrets = secrets;
        this.latest = secrets;
        this.member = member;
        this.directory = new NodeDirectory(nodeId, System::nanoTime);
        this.alone = new AloneWatch(config, System::nanoTime, LOG::warn);
        NodeStatus starting = NodeStatus.starting(nodeId, ownAddresses());
        this.status = () -> starting;
    }

    /**
     * Reads the secrets, starts Hazelcast, and Vert.x on it.
     *
     * @param options of Vert.x; its event bus is set up here
     * @return completes on a thread of no event loop; fails with {@link ClusterFailure}. Nothing of a failed start stays behind
     */
    public static Future<Farm> join(ClusterConfig config, VertxOptions options) {
        Promise<Farm> joined = Promise.promise();
        Thread.ofPlatform().name("join").start(() -> {
            try {
                ClusterSecrets secrets = ClusterSecrets.read(Path.of(config.secrets()), Instant.now());
                SecureRandom random = new SecureRandom();
                String nodeId = secrets.node() + "." + HexFormat.of().toHexDigits(random.nextInt());
                JoinGuard guard = new JoinGuard(new JoinChallenge(secrets.clusterKey(), config.name(), random));
                HazelcastMember member = HazelcastMember.start(config, nodeId, guard);
                BusGate gate = new BusGate(new InetSocketAddress(config.bind(), config.busPort()));
                FarmClusterManager manager = new FarmClusterManager(nodeId, member);
                clustered(config, secrets, options, manager, gate)
                        .map(vertx -> new Farm(vertx, nodeId, config, secrets, member, manager, gate))
                        .onFailure(_ -> member.stop())
                        .onComplete(joined);
            } catch (ClusterFailure e) {
                joined.fail(e);
            }
        });
        return joined.future();
    }

    private static Future<Vertx> clustered(
            ClusterConfig config, ClusterSecrets secrets, VertxOptions options, ClusterManager manager, BusGate gate) {
        EventBusOptions bus = new EventBusOptions()
                .setHost(config.bind())
                .setPort(config.busPort())
                .setClusterPingInterval(BUS_PING_MILLIS)
                .setClusterPingReplyInterval(BUS_PING_REPLY_MILLIS)
                .setConnectTimeout(BUS_CONNECT_MILLIS)
                .setTcpUserTimeout(LinkLimits.UNACKNOWLEDGED_MILLIS);
        BusTls.set(bus, secrets);
        return Vertx.builder()
                .with(options.setEventBusOptions(bus))
                .withTransport(new VertxListeners(server -> server.handler(gate)))
                .withClusterManager(manager)
                .buildClustered()
                .onSuccess(Farm::refuseSerialized)
                .onSuccess(vertx -> vertx.exceptionHandler(Farm::tell))
                .recover(failure -> Future.failedFuture(ClusterFailure.of(
                        "the event bus did not start on " + config.bind() + ":" + config.busPort() + ": "
                                + failure.getMessage(),
                        failure)));
    }

    /**
     * When a node dies or comes back, Vert.x fails or sends what was queued for it, and stumbles over messages that had been
     * given up before. The farm says itself who has gone; every other fault is told whole.
     */
    private static void tell(Throwable fault) {
        if (fault instanceof IllegalStateException && isOfLostConnection(fault)) {
            LOG.debug("a message to a node that has gone was given up twice: {}", fault.getMessage());
        } else {
            LOG.error("unhandled fault", fault);
        }
    }

    private static boolean isOfLostConnection(Throwable fault) {
        boolean promise = false;
        for (StackTraceElement frame : fault.getStackTrace()) {
            promise |= frame.getClassName().equals("io.vertx.core.Promise");
            if (promise && CONNECTIONS.contains(frame.getClassName())) {
                return true;
            }
        }
        return false;
    }

    /** No class is ever made from bytes of the bus: all its messages have codecs of their own. */
    private static void refuseSerialized(Vertx vertx) {
        vertx.eventBus().serializableChecker(_ -> false).clusterSerializableChecker(_ -> false);
    }

    /** The clustered Vert.x. */
    public Vertx vertx() {
        return vertx;
    }

    /** The event loop on which the event bus reads and writes. */
    public EventLoop busLoop() {
        return VertxChannels.loopOf(Objects.requireNonNull(manager.bus(), "the event bus has started"));
    }

    /** This node's id: its name, a dot, and eight hex digits of this start. */
    public String nodeId() {
        return nodeId;
    }

    /** The {@code cluster} section. */
    public ClusterConfig config() {
        return config;
    }

    /** What the node was started with. */
    public ClusterSecrets secrets() {
        return secrets;
    }

    /** The same with the certificate that the files hold now. */
    public ClusterSecrets latestSecrets() {
        return latest;
    }

    /** Tells of a certificate that has taken the place of the node's; on a worker thread. */
    public void onRenewed(Consumer<ClusterSecrets> listener) {
        renewals.add(listener);
    }

    /** Tells the id of a node whose connection has broken, or that Hazelcast has given up; any thread. It may be back at once. */
    public void onLost(Consumer<String> listener) {
        lost = listener;
    }

    private void renewed(ClusterSecrets now) {
        latest = now;
        BusTls.renew(vertx, now)
                .onFailure(fault -> LOG.error(
                        "the event bus keeps the certificate of the node's start until the node is started anew",
                        fault));
        renewals.forEach(listener -> listener.accept(now));
    }

    /** What keeps strangers and other nodes within bounds, in a line for the log of the start. */
    public static String limits() {
        return String.format(
                Locale.ROOT,
                "limits: %d nodes of a farm; %d connections of the event bus, %d MiB of their unfinished frames; %d"
                        + " connections in the challenge of the cluster port, %d of an address",
                NodeDirectory.MAX_NODES,
                BusGate.MAX_CONNECTIONS,
                BusGate.MAX_HELD >> 20,
                JoinGuard.THREADS,
                JoinGuard.PENDING_PER_ADDRESS);
    }

    /** Whether this node hears no other one, though its {@code members} name some. */
    public boolean isAlone() {
        return alone.isAlone();
    }

    /** What this node listens on for the farm: Hazelcast, the event bus, and the link where it is an egress. */
    public Set<InetSocketAddress> ownAddresses() {
        Set<InetSocketAddress> addresses = new HashSet<>(Set.of(
                new InetSocketAddress(config.bind(), config.port()),
                new InetSocketAddress(config.bind(), config.busPort())));
        if (config.roles().contains(NodeRole.EGRESS)) {
            addresses.add(new InetSocketAddress(config.bind(), config.link().port()));
        }
        return addresses;
    }

    /** The nodes that live. */
    public NodeDirectory directory() {
        return directory;
    }

    /** Connections to the cluster port that did not prove to hold the cluster key. */
    public long refusedJoins() {
        return member.refused();
    }

    /** Connections of the event bus that were cut off: frames that no node sends, or more than this node keeps. */
    public long refusedBusConnections() {
        return gate.refusals();
    }

    /** Bytes of frames of the event bus that have not arrived whole. */
    public long heldBusBytes() {
        return gate.heldBytes();
    }

    /** The ids of the other members that Hazelcast sees. */
    public List<String> otherMembers() {
        return member.others();
    }

    /**
     * Listens to the other nodes, so that {@link #directory} fills, and tells them that this one starts.
     *
     * @return completes once announcements arrive
     */
    public Future<Void> listen() {
        member.onChange(_ -> {}, node -> {
            directory.left(node);
            lost.accept(node);
        });
        // A node has another id after each start; the certificate of its connection says no more than its name.
        gate.onLost(name -> directory.others().stream()
                .filter(node -> NodeStatus.nameOf(node).equals(name))
                .forEach(node -> lost.accept(node)));
        vertx.setPeriodic(NodeAnnouncements.PERIOD_MILLIS, _ -> directory.sweep());
        vertx.setPeriodic(
                AloneWatch.FIRST_LOOK_MILLIS,
                AloneWatch.LOOK_MILLIS,
                _ -> vertx.<Void>executeBlocking(() -> {
                    alone.look(directory.others().size());
                    return null;
                }));
        SecretsWatch files = new SecretsWatch(Path.of(config.secrets()), secrets, this::renewed, LOG::warn);
        vertx.setPeriodic(
                0,
                SecretsWatch.LOOK_MILLIS,
                _ -> vertx.<Void>executeBlocking(() -> {
                    files.look(Instant.now());
                    return null;
                }));
        return NodeBridge.connect(vertx, nodeId, this::others)
                .compose(_ -> NodeAnnouncements.listen(vertx, directory::heard))
                .compose(_ -> NodeAnnouncements.announce(vertx, () -> status.get()))
                .onSuccess(registered -> announcing = registered)
                .mapEmpty();
    }

    /**
     * Has this node say from now on what it does.
     *
     * @param current how things stand; any thread
     */
    public void announce(Supplier<NodeStatus> current) {
        status = current;
        NodeAnnouncements.ask(vertx);
    }

    /**
     * Whom this node tells of itself: a member that is not heard yet, and a node that is heard or has been heard lately though it is no
     * member just now.
     */
    private Set<String> others() {
        Set<String> others = new HashSet<>(directory.heardLately());
        others.addAll(directory.lost());
        others.addAll(member.others());
        return others;
    }

    /**
     * Says good-bye, closes Vert.x, then leaves Hazelcast.
     *
     * @return completes on a thread of no event loop
     */
    public Future<Void> leave() {
        Promise<Void> left = Promise.promise();
        BusRegistration announced = announcing;
        announcing = null;
        Future<Void> saidGoodBye = announced == null ? Future.succeededFuture() : announced.close();
        saidGoodBye.onComplete(_ -> Thread.ofPlatform()
                .name("leave")
                .start(() -> vertx.close()
                        .onComplete(closed -> Thread.ofPlatform()
                                .name("leave-hazelcast")
                                .start(() -> {
                                    member.stop();
                                    left.handle(closed);
                                }))));
        return left.future();
    }
}
