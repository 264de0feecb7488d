package io.culvert.transport.quic;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.raw.DialFault;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.tls.ExplainedTrust;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client's connection in a UDP socket of its own. Owned by its event loop. */
final class QuicClientConnection implements QuicLink.Listener {
    private final QuicClientTransport transport;
    private final EventLoop loop;
    private final Address server;
    private final int port;
    private final Consumer<Promise<Channel>> elsewhere;
    private final Consumer<QuicClientConnection> onGone;
    private final QuicSocketHandler handler;
    /** Who waits for the handshake. */
    private final Deque<Promise<Channel>> waiting = new ArrayDeque<>();

    private @Nullable Channel socket;
    private @Nullable QuicLink link;
    private @Nullable QuicSslEngine engine;
    private boolean refused;
    private boolean over;

    /**
     * @param elsewhere takes who waited for the handshake and finds no stream left
     * @param onGone told when the connection is not to be used any more
     */
    QuicClientConnection(
            QuicClientTransport transport,
            EventLoop loop,
            Address server,
            int port,
            Consumer<Promise<Channel>> elsewhere,
            Consumer<QuicClientConnection> onGone) {
        this.transport = transport;
        this.loop = loop;
        this.server = server;
        this.port = port;
        this.elsewhere = elsewhere;
        this.onGone = onGone;
        this.handler = transport.packets().handler();
    }

    /** Whether a stream can be opened, as far as one can tell. */
    boolean hasRoom() {
        if (over) {
            return false;
        }
        if (link == null || !link.channel().isActive()) {
            return waiting.size() < QuicLimits.STREAMS;
        }
        // Asked before, because a stream that Netty fails to open has used up its number all the same.
        return !link.isWornOut() && link.channel().peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0;
    }

    /** Opens a stream, once the handshake is done. */
    void open(Promise<Channel> result) {
        QuicLink ready = link;
        if (ready == null || !ready.channel().isActive()) {
            waiting.add(result);
            return;
        }
        ready.channel()
                .newStreamBootstrap()
                .type(QuicStreamType.BIDIRECTIONAL)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, QuicSockets.streamReads())
                .handler(new ChannelInboundHandlerAdapter())
                .create()
                .addListener((Future<QuicStreamChannel> created) -> {
                    if (created.isSuccess()) {
                        opened(QuicStream.on(created.getNow(), handler, ready), result);
                    } else {
                        result.tryFailure(new SessionFailure(
                                CloseCause.DIAL_UNREACHABLE,
                                "QUIC: " + created.cause().getMessage()));
                    }
                });
    }

    private static void opened(QuicStream stream, Promise<Channel> result) {
        stream.start();
        stream.arm();
        if (!result.trySuccess(stream)) {
            stream.close();
        }
    }

    void connect() {
        transport.resolver().resolve(server, port, loop).addListener((Future<InetSocketAddress> found) -> {
            if (found.isSuccess()) {
                connect(found.getNow());
            } else {
                fail(found.cause());
            }
        });
    }

    private void connect(InetSocketAddress remote) {
        InetAddress local = transport.sendThrough();
        InetSocketAddress from = local == null ? null : new InetSocketAddress(local, 0);
        Bootstrap bootstrap = QuicSockets.bootstrap(loop, false, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(handler, codec(), new SocketFaults());
            }
        });
        // Connected, so that the system takes datagrams of this peer only, and tells when its port is closed.
        ChannelFuture opened = Sockets.withOptions(
                bootstrap,
                transport.options()::applyToDatagrams,
                (udp, connected) -> udp.connect(remote, from, connected));
        opened.addListener(done -> {
            if (done.isSuccess()) {
                socket = opened.channel();
                handshake(opened.channel(), remote);
            } else {
                fail(DialFault.of(remote, done.cause()));
            }
        });
    }

    private ChannelHandler codec() {
        return QuicSockets.configure(
                        new QuicClientCodecBuilder(), transport.packets().overhead(), QuicLimits.CLIENT_IDLE_MILLIS, 0)
                .sslEngineProvider(this::engine)
                .build();
    }

    private QuicSslEngine engine(QuicChannel channel) {
        String name = transport.nameFor(server);
        QuicSslEngine made = name == null
                ? transport.tls().newEngine(channel.alloc())
                : transport.tls().newEngine(channel.alloc(), name, port);
        engine = made;
        return made;
    }

    private void handshake(Channel udp, InetSocketAddress remote) {
        QuicChannel.newBootstrap(udp)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel channel) {
                        QuicLink made = new QuicLink(channel, remote, QuicClientConnection.this);
                        link = made;
                        channel.pipeline().addLast(made);
                    }
                })
                .streamHandler(new ChannelInboundHandlerAdapter())
                // The link has the handshake's deadline.
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, QuicSockets.segments(loop))
                .remoteAddress(remote)
                .connect()
                .addListener((Future<QuicChannel> done) -> {
                    if (done.isSuccess()) {
                        serveWaiting();
                    } else {
                        fail(failure(done.cause()));
                    }
                });
    }

    private void serveWaiting() {
        for (Promise<Channel> next = waiting.poll(); next != null; next = waiting.poll()) {
            if (hasRoom()) {
                open(next);
            } else {
                elsewhere.accept(next);
            }
        }
    }

    private SessionFailure failure(Throwable fault) {
        if (refused) {
            return new SessionFailure(CloseCause.DIAL_REFUSED, "QUIC: nothing listens there");
        }
        if (link != null && link.hasExpired()) {
            // Nobody there and another key, header or version look alike: what cannot be read is not answered.
            return new SessionFailure(
                    CloseCause.UPSTREAM_HANDSHAKE_FAILED,
                    "QUIC: no answer within " + QuicLimits.HANDSHAKE_MILLIS
                            + " ms; do \"security\", \"key\" and \"header\" agree with the server's?");
        }
        String untrusted = engine == null ? null : ExplainedTrust.faultOf(engine);
        if (untrusted != null) {
            return new SessionFailure(CloseCause.UPSTREAM_HANDSHAKE_FAILED, "QUIC: TLS: " + untrusted);
        }
        CloseCause cause =
                fault instanceof ConnectException ? CloseCause.DIAL_UNREACHABLE : CloseCause.UPSTREAM_HANDSHAKE_FAILED;
        return new SessionFailure(cause, "QUIC: " + fault.getMessage());
    }

    /** The connection never came to be, or is gone. */
    private void fail(Throwable fault) {
        if (!over) {
            over = true;
            onGone.accept(this);
        }
        if (socket != null) {
            socket.close();
        }
        for (Promise<Channel> next = waiting.poll(); next != null; next = waiting.poll()) {
            next.tryFailure(fault);
        }
    }

    @Override
    public void settled(QuicLink settled) {
        // The promise of the connect tells.
    }

    @Override
    public void gone(QuicLink gone) {
        fail(failure(new ClosedChannelException()));
    }

    /** The system says that nothing listens on the server's port: the server has gone, or was never there. */
    private final class SocketFaults extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            if (fault instanceof PortUnreachableException && link != null) {
                refused = true;
                link.channel().close();
            }
        }
    }
}
