package io.culvert.ingress;

import io.culvert.bus.KnownRouters;
import io.culvert.bus.NodeAnnouncements;
import io.culvert.bus.NodeStatus;
import io.culvert.bus.RouterClient;
import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.LogConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.PolicyConfig;
import io.culvert.config.PortRange;
import io.culvert.config.Position;
import io.culvert.config.RoutingConfig;
import io.culvert.config.StreamConfig;
import io.culvert.egress.Egress;
import io.culvert.egress.EgressVerticle;
import io.culvert.ingress.listener.Inbounds;
import io.culvert.ingress.listener.Ingress;
import io.culvert.ingress.listener.IngressLimits;
import io.culvert.ingress.listener.IngressListeners;
import io.culvert.ingress.protocol.SeenMemory;
import io.culvert.ingress.session.AccessLines;
import io.culvert.model.ConfigVersion;
import io.culvert.model.SessionPolicy;
import io.culvert.router.LinkGrants;
import io.culvert.router.RouterCounters;
import io.culvert.router.RouterVerticle;
import io.culvert.router.RunningRules;
import io.culvert.router.policy.RoutingTable;
import io.culvert.testkit.Nodes;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.raw.SessionLoops;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.netty.channel.EventLoopGroup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A node's three verticles on Vert.x, joined as the launcher joins them; servers to reach; and what it has logged. */
public final class NodeRig implements AutoCloseable {
    public static final int DEADLINE_MILLIS = 400;
    private static final String NODE = "n1";
    private static final int XOR = 0x5A;

    private final Vertx vertx;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final List<Closeable> open = new ArrayList<>();
    private final Egress egress;
    private final Ingress ingress;
    private final CulvertConfig config;
    private final Inbounds inbounds;

    /** What a test may change of a node. */
    public static final class Builder {
        private final List<InboundConfig> inbounds = new ArrayList<>();
        private final List<OutboundConfig> outbounds = new ArrayList<>();
        private PolicyConfig policy = PolicyConfig.ABSENT;
        private IngressLimits limits = new IngressLimits(1_000, 1_000, 1_000);
        private UnaryOperator<Outbound> wrap = UnaryOperator.identity();
        private SeenMemory seen = SeenMemory.none();
        private boolean nativeTransport;
        private boolean linked;

        public Builder inbound(String tag, String listen, int port, InboundSettings settings, StreamConfig stream) {
            inbounds.add(new InboundConfig(
                    tag,
                    listen,
                    new PortRange(port, port),
                    settings,
                    stream,
                    InboundConfig.SniffingConfig.OFF,
                    0,
                    Position.NONE));
            return this;
        }

        /** An inbound on loopback. */
        public Builder inbound(String tag, int port, InboundSettings settings) {
            return inbound(tag, "127.0.0.1", port, settings, StreamConfig.RAW);
        }

        /** Instead of the one that dials directly. */
        public Builder outbound(String tag, OutboundSettings settings) {
            outbounds.add(new OutboundConfig(tag, null, settings, StreamConfig.RAW, Position.NONE));
            return this;
        }

        public Builder limits(IngressLimits own) {
            limits = own;
            return this;
        }

        /** What it remembers of VMess headers; the caller closes it. */
        public Builder seen(SeenMemory own) {
            seen = own;
            return this;
        }

        /** Handshakes have {@link #DEADLINE_MILLIS}. */
        public Builder shortDeadline() {
            policy = new PolicyConfig(Map.of(0, new PolicyConfig.Level(DEADLINE_MILLIS, SessionPolicy.DEFAULT)), true);
            return this;
        }

        public Builder session(SessionPolicy session) {
            policy = new PolicyConfig(Map.of(0, new PolicyConfig.Level(60_000, session)), true);
            return this;
        }

        /** Level 7 has other limits than the others. */
        public Builder sessionOfLevel7(SessionPolicy session) {
            policy = new PolicyConfig(Map.of(7, new PolicyConfig.Level(60_000, session)), true);
            return this;
        }

        /** Puts something between sessions and the egress. */
        public Builder egress(UnaryOperator<Outbound> own) {
            wrap = own;
            return this;
        }

        /** As in a farm: sessions may go to other nodes. */
        public Builder linked() {
            linked = true;
            return this;
        }

        public Builder nativeTransport(boolean own) {
            nativeTransport = own;
            return this;
        }

        public NodeRig start() throws Exception {
            if (outbounds.isEmpty()) {
                outbound("direct", new OutboundSettings.Freedom(DomainStrategy.AS_IS, null, 0, 0, true));
            }
            NodeRig rig = new NodeRig(this);
            try {
                rig.deploy();
                return rig;
            } catch (Exception e) {
                rig.close();
                throw e;
            }
        }
    }

    private NodeRig(Builder builder) {
        vertx = Vertx.vertx(new VertxOptions()
                .setPreferNativeTransport(builder.nativeTransport)
                .setEventLoopPoolSize(2));
        config = config(builder);
        egress = new Egress(NODE, Set::of, Set::of, Set.of());
        Outbound used = builder.wrap.apply(egress);
        ingress = new Ingress(
                NODE,
                new RouterClient(vertx, NODE, KnownRouters.of(NODE), new Random(1)),
                any -> used,
                builder.linked,
                new AccessLines(lines::add),
                builder.limits,
                builder.seen,
                () -> 0,
                new Random(2));
        inbounds = new Inbounds(ingress);
    }

    private static CulvertConfig config(Builder builder) {
        return new CulvertConfig(
                LogConfig.ABSENT,
                builder.inbounds,
                builder.outbounds,
                new RoutingConfig(RoutingConfig.DomainStrategy.AS_IS, List.of()),
                builder.policy,
                null,
                List.of());
    }

    /** Prepares the inbounds of another configuration. */
    public Inbounds.Prepared prepare(Builder next) throws Exception {
        return inbounds.prepare(vertx, config(next)).await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
    }

    private void deploy() throws Exception {
        RunningRules rules = new RunningRules(RoutingTable.of(config), ConfigVersion.of(1));
        egress.apply(config, rules.config());
        NodeStatus status = Nodes.egress(NODE, 1, egress.tags(), 0, false, NodeStatus.PROTOCOL_VERSION);
        Future<?> deployed = vertx.deployVerticle(
                        new RouterVerticle(NODE, () -> rules, LinkGrants.NONE, new RouterCounters()))
                .compose(_ -> vertx.deployVerticle(new EgressVerticle(egress)))
                .compose(_ -> NodeAnnouncements.announce(vertx, () -> status));
        inbounds.begin(config);
        EventLoopGroup all = VertxChannels.loopsOf(vertx);
        SessionLoops loops = new SessionLoops(all, all.next());
        for (int i = 0; i < 2; i++) {
            IngressListeners own = inbounds.listeners(loops);
            deployed = deployed.compose(_ -> vertx.deployVerticle(new IngressVerticle(own)));
        }
        deployed.await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
    }

    public Ingress ingress() {
        return ingress;
    }

    public Inbounds inbounds() {
        return inbounds;
    }

    public List<String> lines() {
        return lines;
    }

    /** Waits for a line that contains the text. */
    public String awaitLine(String part) {
        Await.until(
                "a line with " + part + " among " + lines, () -> lines.stream().anyMatch(line -> line.contains(part)));
        return lines.stream().filter(line -> line.contains(part)).findFirst().orElseThrow();
    }

    /** A port that is free for TCP and UDP. */
    public static int freePort() throws IOException {
        for (int i = 0; i < 100; i++) {
            try (ServerSocket tcp = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                    DatagramSocket udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress())) {
                return udp.getLocalPort();
            } catch (java.net.BindException e) {
                // Taken for UDP: another one.
            }
        }
        throw new IOException("no free port");
    }

    public Peer connect(int port) throws IOException {
        Peer peer = Peer.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        open.add(peer);
        return peer;
    }

    /** What a server does with a connection. */
    public interface Script {
        void run(Peer peer) throws IOException;
    }

    /** A server on loopback; its port. */
    public int serve(Script script) throws IOException {
        ServerSocket listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        open.add(listener);
        Thread.ofVirtual().start(() -> {
            while (!listener.isClosed()) {
                try {
                    Peer peer = Peer.of(listener.accept());
                    Thread.ofVirtual().start(() -> {
                        try (peer) {
                            script.run(peer);
                        } catch (IOException e) {
                            // The client's view is what is tested.
                        }
                    });
                } catch (IOException e) {
                    return;
                }
            }
        });
        return listener.getLocalPort();
    }

    /** A server that answers each byte with another, and the end with the end. */
    public int xorEcho() throws IOException {
        return serve(peer -> {
            InputStream in = peer.socket().getInputStream();
            OutputStream out = peer.socket().getOutputStream();
            byte[] chunk = new byte[64 * 1024];
            for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                xor(chunk, count);
                out.write(chunk, 0, count);
            }
            peer.finish();
            peer.readToEnd();
        });
    }

    /** What {@link #xorEcho} makes of bytes. */
    public static byte[] xor(byte[] bytes) {
        byte[] changed = bytes.clone();
        xor(changed, changed.length);
        return changed;
    }

    private static void xor(byte[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            bytes[i] ^= XOR;
        }
    }

    /** Sends from another thread, then ends the output. */
    public static void sendAndFinish(Peer peer, byte[] bytes) {
        Thread.ofVirtual().start(() -> {
            try {
                peer.send(bytes);
                peer.finish();
            } catch (IOException e) {
                // What arrives at the other end is what is tested.
            }
        });
    }

    /** Waits until nothing is left of any session or handshake. */
    public void awaitQuiet() {
        Await.until(
                "no session and no handshake is left",
                () -> ingress.registry().size() == 0 && ingress.halfOpen().now() == 0);
    }

    @Override
    public void close() throws IOException {
        for (Closeable one : open) {
            one.close();
        }
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(Await.LONG.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}
