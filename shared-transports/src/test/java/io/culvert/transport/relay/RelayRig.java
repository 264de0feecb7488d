package io.culvert.transport.relay;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.testkit.Await;
import io.culvert.transport.testkit.Peer;
import io.culvert.transport.testkit.TestCertificate;
import io.culvert.transport.testkit.TestLoop;
import io.culvert.transport.tls.ServerCertificate;
import io.culvert.transport.tls.TlsClient;
import io.culvert.transport.tls.TlsServer;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A relay between two real peers, over sockets and, where a case asks for it, TLS on one side. */
final class RelayRig implements AutoCloseable {
    private static final TestCertificate CERTIFICATE = TestCertificate.of("rig.test");
    private static final String NAME = "rig.test";

    /** Which side speaks TLS, of which version, by which engine on the relay's side. */
    record Wire(Side side, String version, @Nullable SslProvider provider) {
        enum Side {
            NONE,
            CLIENT,
            UPSTREAM
        }

        static final Wire PLAIN = new Wire(Side.NONE, "", null);

        @Override
        public String toString() {
            return side == Side.NONE ? "plain" : version + " to the " + side + " by " + provider;
        }
    }

    /** What the relay said at its end. */
    record Closed(CloseCause cause, long up, long down) {}

    private final TestLoop loop;
    private final Wire wire;
    private final BlockingQueue<Closed> closed = new LinkedBlockingQueue<>();
    private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();
    private final Channel listener;
    private final Peer client;
    private final Peer server;
    private final Channel clientChannel;
    private final Channel upstreamChannel;
    private final RelayPump pump;

    RelayRig(TestLoop loop, Wire wire, SessionPolicy policy) throws Exception {
        this(loop, wire, policy, 0);
    }

    /** @param receiveBuffer of both peers' sockets, in bytes; 0 for the system's choice */
    RelayRig(TestLoop loop, Wire wire, SessionPolicy policy, int receiveBuffer) throws Exception {
        this.loop = loop;
        this.wire = wire;
        this.listener = listen();
        Peer rawClient = Peer.connect((InetSocketAddress) listener.localAddress(), receiveBuffer);
        this.clientChannel = take(accepted);
        try (ServerSocket target = new ServerSocket()) {
            if (receiveBuffer > 0) {
                target.setReceiveBufferSize(receiveBuffer);
            }
            target.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            var dialled = loop.call(() -> Sockets.connect(
                    loop.loop(), (InetSocketAddress) target.getLocalSocketAddress(), null, SocketOptions.NONE));
            Peer rawServer = Peer.of(target.accept());
            dialled.await(Await.LONG.toMillis());
            this.upstreamChannel = dialled.channel();
            if (wire.side() == Wire.Side.UPSTREAM) {
                var secured = loop.call(this::secureUpstream);
                this.server = rawServer.startTls(CERTIFICATE.java(), false, NAME, wire.version());
                secured.await(Await.LONG.toMillis());
            } else {
                this.server = rawServer;
            }
        }
        this.pump = loop.call(() -> {
            RelayPump made = RelayPump.prepare(
                    clientChannel,
                    upstreamChannel,
                    Network.TCP,
                    policy,
                    (cause, up, down) -> closed.add(new Closed(cause, up, down)));
            made.start();
            return made;
        });
        this.client = wire.side() == Wire.Side.CLIENT
                ? rawClient.startTls(CERTIFICATE.java(), true, NAME, wire.version())
                : rawClient;
    }

    private Channel listen() throws Exception {
        return new ServerBootstrap()
                .group(loop.loop())
                .channel(loop.serverType())
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) throws Exception {
                        Channels.prepare(channel);
                        ReadGate.of(channel).hold(ReadGate.OPENING);
                        if (wire.side() == Wire.Side.CLIENT) {
                            SslContext context = SslContextBuilder.forServer(
                                            CERTIFICATE.keys().getPrivate(), CERTIFICATE.certificate())
                                    .sslProvider(wire.provider())
                                    .build();
                            new TlsServer(List.of(new ServerCertificate(List.of(), context))).install(channel);
                        }
                        accepted.add(channel);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    private io.netty.util.concurrent.Future<Channel> secureUpstream() throws Exception {
        SslContext context = SslContextBuilder.forClient()
                .sslProvider(wire.provider())
                .trustManager(CERTIFICATE.certificate())
                .build();
        return new TlsClient(context, NAME, false).install(upstreamChannel, Address.parse("127.0.0.1"), 443);
    }

    private static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
        T taken = queue.poll(Await.LONG.toMillis(), TimeUnit.MILLISECONDS);
        if (taken == null) {
            throw new AssertionError("nothing within " + Await.LONG);
        }
        return taken;
    }

    Peer client() {
        return client;
    }

    Peer server() {
        return server;
    }

    Channel clientChannel() {
        return clientChannel;
    }

    Channel upstreamChannel() {
        return upstreamChannel;
    }

    RelayPump pump() {
        return pump;
    }

    /** Waits for the relay's end, and sees that both channels are closed and that nothing more is said. */
    Closed closed() throws Exception {
        Closed said = take(closed);
        Await.until("both channels closed", () -> !clientChannel.isOpen() && !upstreamChannel.isOpen());
        loop.settle();
        loop.settle();
        if (!closed.isEmpty()) {
            throw new AssertionError("said again: " + closed);
        }
        return said;
    }

    boolean isClosed() {
        return !closed.isEmpty();
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
        listener.close().syncUninterruptibly();
        clientChannel.close().syncUninterruptibly();
        upstreamChannel.close().syncUninterruptibly();
    }
}
