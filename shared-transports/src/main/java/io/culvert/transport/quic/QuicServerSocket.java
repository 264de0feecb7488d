package io.culvert.transport.quic;

import io.culvert.transport.ServerLayer;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
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
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A server's UDP socket with the connections in it. Its state belongs to the socket's event loop. */
public final class QuicServerSocket implements QuicLink.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(QuicServerSocket.class);

    private final QuicPackets packets;
    private final QuicSslContext tls;
    private final Predicate<InetSocketAddress> serves;
    private final ServerLayer.Accepted next;
    private final QuicSocketHandler handler;
    private final Set<QuicLink> links = new HashSet<>();
    private int handshaking;
    private boolean accepting = true;
    private @Nullable ChannelFuture bound;

    QuicServerSocket(
            QuicPackets packets, QuicSslContext tls, Predicate<InetSocketAddress> serves, ServerLayer.Accepted next) {
        this.packets = packets;
        this.tls = tls;
        this.serves = serves;
        this.next = next;
        this.handler = packets.handler();
    }

    QuicServerSocket bind(EventLoop loop, InetSocketAddress address, boolean shared, SocketOptions options) {
        Bootstrap bootstrap = QuicSockets.bootstrap(loop, shared, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel socket) {
                socket.pipeline().addLast(handler, codec(loop), new SocketFaults());
            }
        });
        bound = Sockets.withOptions(bootstrap, options::applyToDatagrams, (socket, done) -> socket.bind(address, done));
        return this;
    }

    private ChannelHandler codec(EventLoop loop) {
        return QuicSockets.configure(
                        new QuicServerCodecBuilder(),
                        packets.overhead(),
                        QuicLimits.SERVER_IDLE_MILLIS,
                        QuicLimits.STREAMS)
                .sslContext(tls)
                .tokenHandler(new AddressProofs(
                        () -> handshaking >= QuicLimits.PROVE_ADDRESS_ABOVE,
                        () -> handshaking >= QuicLimits.MOST_HANDSHAKING,
                        System::currentTimeMillis))
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, QuicSockets.segments(loop))
                .streamOption(ChannelOption.AUTO_READ, false)
                .streamOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .streamOption(ChannelOption.RECVBUF_ALLOCATOR, QuicSockets.streamReads())
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel connection) {
                        begin(connection);
                    }
                })
                .streamHandler(new ChannelInitializer<QuicStreamChannel>() {
                    @Override
                    protected void initChannel(QuicStreamChannel stream) {
                        accept(stream);
                    }
                })
                .build();
    }

    private void begin(QuicChannel connection) {
        if (!(connection.remoteSocketAddress() instanceof InetSocketAddress peer)) {
            throw new IllegalStateException("a connection that comes from nowhere");
        }
        QuicLink link = new QuicLink(connection, peer, this);
        links.add(link);
        handshaking++;
        connection.pipeline().addLast(link);
        if (!accepting || !serves.test(peer)) {
            connection.eventLoop().execute(link::end);
        }
    }

    private void accept(QuicStreamChannel stream) {
        QuicLink link = stream.parent().pipeline().get(QuicLink.class);
        QuicStream accepted = QuicStream.on(stream, handler, link);
        accepted.start();
        if (!accepting) {
            accepted.abort();
            return;
        }
        accepted.config().setAutoRead(true);
        next.accepted(accepted);
        accepted.readAtTurnsEnd();
    }

    /** Completes when the socket is bound; its channel has the address. */
    public ChannelFuture bound() {
        if (bound == null) {
            throw new IllegalStateException("not opened");
        }
        return bound;
    }

    /**
     * Takes neither connections nor streams from now on; streams that are open stay, and the socket closes with the last
     * connection. Any thread.
     */
    public void stopAccepting() {
        bound().channel().eventLoop().execute(() -> {
            accepting = false;
            closeIfUnused();
        });
    }

    private void closeIfUnused() {
        if (!accepting && links.isEmpty()) {
            bound().channel().close();
        }
    }

    /** Ends every connection, tells the peers so, and closes the socket. Any thread. */
    public void close() {
        Channel socket = bound().channel();
        socket.eventLoop().execute(() -> {
            accepting = false;
            List.copyOf(links).forEach(QuicLink::end);
            socket.close();
        });
    }

    @Override
    public void settled(QuicLink link) {
        handshaking--;
    }

    @Override
    public void gone(QuicLink link) {
        links.remove(link);
        closeIfUnused();
    }

    /** A socket that hears everybody also hears of everybody's unreachable ports. */
    private static final class SocketFaults extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            LOG.debug("QUIC socket: {}", fault.toString());
        }
    }
}
