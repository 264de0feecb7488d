package io.culvert.transport.link;

import io.culvert.bus.LinkOrder;
import io.culvert.bus.TicketDesk;
import io.culvert.bus.TicketKey;
import io.culvert.bus.TicketNonces;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.LinkGrant;
import io.culvert.model.Network;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.model.TargetOrigin;
import io.culvert.model.Ticket;
import io.culvert.model.UserRef;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.raw.UdpPeerHandler;
import io.culvert.transport.relay.RelayPump;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Cable;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestAuthority;
import io.culvert.transport.testkit.TestLoop;
import io.culvert.transport.tls.MutualTls;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An ingress and an egress in one process, each on an event loop of its own, with real sockets everywhere: clients, the link
 * through a {@link Cable}, and destinations.
 */
final class LinkRig implements AutoCloseable {
    static final String INGRESS = "edge-1.0000aaaa";
    static final String EGRESS = "exit-2.0000bbbb";
    static final TestAuthority FARM = new TestAuthority();
    static final TicketKey KEY = TicketKey.of(new byte[TicketKey.CLUSTER_KEY_BYTES]);

    final TestLoop ingressLoop = new TestLoop(TestLoop.Kind.NIO);
    final TestLoop egressLoop;
    final AtomicLong clock = new AtomicLong(1_800_000_000_000L);
    final FakeEgress egress = new FakeEgress();
    final TicketDesk desk = new TicketDesk(KEY, EGRESS, clock::get);
    final LinkServer server;
    final LinkClient client;
    final Cable cable;
    final ServerSocket destination;
    /** Why sessions ended at the ingress, in that order. */
    final Queue<CloseCause> ended = new ConcurrentLinkedQueue<>();

    final Queue<Throwable> refused = new ConcurrentLinkedQueue<>();
    final List<Channel> sockets = new CopyOnWriteArrayList<>();
    /** Whether clients say something before their session is opened; another order is taken where the first fails. */
    volatile boolean hearsFirst;

    SessionPolicy policy = new SessionPolicy(300_000, 300_000, 300_000, SessionPolicy.DEFAULT_BUFFER_BYTES);

    private final Deque<DialOrder> orders = new ConcurrentLinkedDeque<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final TicketNonces nonces = new TicketNonces(new Random(7));
    private final Channel clients;

    LinkRig() throws Exception {
        this(contexts(FARM, "edge-1"), contexts(FARM, "exit-2"), TestLoop.Kind.NIO);
    }

    LinkRig(@Nullable MutualTls ingress, @Nullable MutualTls egressTls, TestLoop.Kind kind) throws Exception {
        egressLoop = new TestLoop(kind);
        server = new LinkServer(egressTls, desk, egress, () -> 10_000);
        InetSocketAddress bound = server.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        egressLoop.loop(),
                        egressLoop.loop())
                .get();
        cable = new Cable(bound);
        client = new LinkClient(ingress);
        destination = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
        clients = new ServerBootstrap()
                .group(ingressLoop.loop())
                .channel(ingressLoop.serverType())
                .option(ChannelOption.SO_BACKLOG, 500)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        Channels.prepare(socket);
                        socket.eventLoop().execute(() -> session(socket));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    static MutualTls contexts(TestAuthority authority, String name) throws TlsConfigException {
        return security(authority, authority.node(name)).contexts();
    }

    static LinkSecurity security(TestAuthority trusted, TestAuthority.Issued own) {
        return new LinkSecurity(trusted.certificatePem(), own.certificatePem(), own.keyPem());
    }

    /** What an ingress does with a client. */
    private void session(Channel client) {
        sockets.add(client);
        DialOrder next = orders.poll();
        DialOrder order = next == null ? order(Network.TCP, destination.getLocalPort()) : next;
        if (hearsFirst) {
            EarlyBytesHandler.holdAfterFirst(client);
            openOnceHeard(client, order);
        } else {
            open(client, order);
        }
    }

    private void openOnceHeard(Channel client, DialOrder order) {
        if (EarlyBytesHandler.firstIn(client) == null) {
            client.eventLoop().schedule(() -> openOnceHeard(client, order), 1, TimeUnit.MILLISECONDS);
        } else {
            open(client, order);
        }
    }

    private void open(Channel client, DialOrder order) {
        this.client
                .open(order, client.eventLoop(), () -> EarlyBytesHandler.firstIn(client))
                .addListener((Future<Channel> opened) -> {
                    DialOrder other = opened.isSuccess() || !hearsFirst ? null : orders.poll();
                    if (opened.isSuccess()) {
                        RelayPump.prepare(
                                        client,
                                        opened.getNow(),
                                        order.target().network(),
                                        order.policy(),
                                        (cause, _, _) -> ended.add(cause))
                                .start();
                    } else if (other != null) {
                        open(client, other);
                    } else {
                        refused.add(opened.cause());
                        Channels.abort(client);
                    }
                });
    }

    /** The next client's order. */
    void expect(DialOrder order) {
        orders.add(order);
    }

    SessionDescriptor descriptor(Network network, int port) {
        return new SessionDescriptor(
                ids.incrementAndGet(),
                INGRESS,
                "in",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000),
                target(network, port),
                TargetOrigin.CLIENT,
                new UserRef("love@v2ray.com", 0),
                null);
    }

    static Destination target(Network network, int port) {
        return new Destination(network, new Address.Ip(InetAddress.getLoopbackAddress()), port);
    }

    /** An order as a router of this farm makes it. */
    DialOrder order(Network network, int port) {
        return signed(descriptor(network, port), KEY, EGRESS);
    }

    DialOrder signed(SessionDescriptor session, TicketKey key, String egressNode) {
        Ticket ticket = key.mint(session, egressNode, "direct", session.target(), null, clock.get(), nonces);
        return with(session, egressNode, ticket);
    }

    DialOrder with(SessionDescriptor session, String egressNode, Ticket ticket) {
        return new DialOrder(
                session, egressNode, "direct", session.target(), policy, new LinkGrant(cable.address(), ticket), null);
    }

    static byte[] bytesOf(DialOrder order) {
        return io.culvert.bus.ControlFormats.LINK_ORDER.encode(LinkOrder.of(order));
    }

    /** Opens without a client, and waits for what becomes of it. */
    @Nullable
    SessionFailure failure(DialOrder order) throws Exception {
        return failure(client, order);
    }

    @Nullable
    SessionFailure failure(LinkClient by, DialOrder order) throws Exception {
        Future<Channel> opened = ingressLoop.call(() -> by.open(order, ingressLoop.loop()));
        Await.until("an answer", opened::isDone);
        if (opened.isSuccess()) {
            opened.getNow().close();
            return null;
        }
        return (SessionFailure) opened.cause();
    }

    Peer connect() throws IOException {
        return Peer.connect((InetSocketAddress) clients.localAddress(), 0);
    }

    Peer connect(int receiveBuffer) throws IOException {
        return Peer.connect((InetSocketAddress) clients.localAddress(), receiveBuffer);
    }

    Peer accept() throws IOException {
        destination.setSoTimeout((int) Await.LONG.toMillis());
        return Peer.of(destination.accept());
    }

    CloseCause cause() {
        Await.until("the session ends", () -> !ended.isEmpty());
        return ended.remove();
    }

    private void settle() {
        try {
            ingressLoop.settle();
            egressLoop.settle();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close(CloseCause.DRAINED);
        settle();
        sockets.forEach(Channel::close);
        egress.opened.forEach(Channel::close);
        cable.close();
        destination.close();
        settle();
        ingressLoop.close();
        egressLoop.close();
    }

    /** Dials what it is told, or fails as it is told. */
    static final class FakeEgress implements Outbound {
        final AtomicInteger dials = new AtomicInteger();
        final List<Channel> opened = new CopyOnWriteArrayList<>();
        final List<DialOrder> orders = new CopyOnWriteArrayList<>();
        volatile @Nullable SessionFailure fails;
        /** Run behind each order that has been looked at. */
        volatile Runnable onDial = () -> {};

        volatile boolean silent;

        @Override
        public Future<Channel> open(DialOrder order, EventLoop loop) {
            dials.incrementAndGet();
            orders.add(order);
            if (!loop.inEventLoop()) {
                throw new IllegalStateException("an outbound is called on the session's loop");
            }
            Promise<Channel> done = loop.newPromise();
            SessionFailure failure = fails;
            onDial.run();
            if (failure != null) {
                return done.setFailure(failure);
            }
            if (silent) {
                return done;
            }
            InetSocketAddress to = new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), order.target().port());
            ChannelFuture dialled = order.target().network() == Network.TCP
                    ? Sockets.connect(loop, to, null)
                    : Sockets.connectUdp(loop, to, null, SocketOptions.NONE, UdpPeerHandler.initializer(to));
            dialled.addListener(connected -> {
                if (connected.isSuccess()) {
                    opened.add(dialled.channel());
                    done.setSuccess(dialled.channel());
                } else {
                    done.setFailure(new SessionFailure(CloseCause.DIAL_REFUSED, "connection refused"));
                }
            });
            return done;
        }
    }
}
