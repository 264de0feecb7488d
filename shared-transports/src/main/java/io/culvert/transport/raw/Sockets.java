package io.culvert.transport.raw;

import io.culvert.transport.channel.Channels;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Plain sockets on a given event loop. Dialled here and not through Vert.x: the loop is the session's, the address is already
 * resolved and pinned, and the local address differs from dial to dial.
 */
public final class Sockets {
    /** How long one connection attempt may take. */
    public static final int CONNECT_MILLIS = 5_000;

    private Sockets() {}

    /** The socket kind that a loop drives. */
    public static Class<? extends SocketChannel> streamType(EventLoop loop) {
        return isEpoll(loop) ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    /**
     * Sockets of the address's own family: one of IPv6 that may talk to IPv4 too, which is Netty's choice, takes another system
     * call and translates every address.
     */
    private static ChannelFactory<SocketChannel> streams(EventLoop loop, InetSocketAddress remote) {
        SocketProtocolFamily family =
                remote.getAddress() instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
        return isEpoll(loop) ? () -> new EpollSocketChannel(family) : NioSocketChannel::new;
    }

    /** The kind of listening socket that a loop drives. */
    static Class<? extends ServerSocketChannel> listenerType(EventLoop loop) {
        return isEpoll(loop) ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /** The most connections that a listening socket accepts in one turn of its loop, which has other sockets to serve. */
    static final int ACCEPTS_A_TURN = 64;

    /**
     * How a listening socket accepts: until nobody waits, at most {@link #ACCEPTS_A_TURN} connections a turn. Netty's own way
     * goes on only while the last accept may have left somebody waiting, which a level-triggered epoll never says: one connection
     * a turn, so that new ones wait in line behind the bulk flows of the loop.
     */
    public static RecvByteBufAllocator accepting() {
        return new ServerChannelRecvByteBufAllocator()
                .respectMaybeMoreData(false)
                .maxMessagesPerRead(ACCEPTS_A_TURN);
    }

    /** The datagram socket kind that a loop drives. */
    public static Class<? extends DatagramChannel> datagramType(EventLoop loop) {
        return isEpoll(loop) ? EpollDatagramChannel.class : NioDatagramChannel.class;
    }

    /** Whether a loop drives the sockets of Linux: unix sockets and options that only it has. */
    public static boolean isEpoll(EventLoop loop) {
        return loop instanceof IoEventLoop io && io.isCompatible(EpollIoHandle.class);
    }

    /** Connects a TCP socket without options of its own. */
    public static ChannelFuture connect(EventLoop loop, InetSocketAddress remote, @Nullable InetAddress local) {
        return connect(loop, remote, local, SocketOptions.NONE);
    }

    /**
     * Connects a TCP socket.
     *
     * @param local the address to dial from, or null
     * @return the channel, prepared by {@link Channels#prepare}, with {@code autoRead} off
     */
    public static ChannelFuture connect(
            EventLoop loop, InetSocketAddress remote, @Nullable InetAddress local, SocketOptions options) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(streams(loop, remote))
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .handler(PREPARE);
        InetSocketAddress from = local == null ? null : new InetSocketAddress(local, 0);
        return options.isNone()
                ? bootstrap.connect(remote, from)
                : withOptions(bootstrap, options::applyToDial, (channel, done) -> channel.connect(remote, from, done));
    }

    /**
     * Opens a socket with options of its own: they have to be there before the first packet leaves, and their failure must not
     * pass for a success.
     *
     * @param options sets them, on the socket's loop; a {@link ChannelException} of theirs fails the result
     * @param open binds or connects
     */
    public static ChannelFuture withOptions(
            Bootstrap bootstrap, Consumer<Channel> options, BiConsumer<Channel, ChannelPromise> open) {
        ChannelFuture registered = bootstrap.register();
        Channel channel = registered.channel();
        ChannelPromise opened = channel.newPromise();
        registered.addListener(done -> {
            if (!done.isSuccess()) {
                opened.tryFailure(done.cause());
                return;
            }
            try {
                options.accept(channel);
            } catch (ChannelException e) {
                opened.tryFailure(e);
                channel.close();
                return;
            }
            open.accept(channel, opened);
        });
        return opened;
    }

    /**
     * Opens a UDP socket that talks to one peer only.
     *
     * @param local the address to send from, or null
     * @param last the handler to install
     */
    public static ChannelFuture connectUdp(
            EventLoop loop,
            InetSocketAddress remote,
            @Nullable InetAddress local,
            SocketOptions options,
            ChannelHandler last) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(datagramType(loop))
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.RECVBUF_ALLOCATOR, DatagramReads.allocator())
                .handler(last);
        InetSocketAddress from = local == null ? null : new InetSocketAddress(local, 0);
        return options.isNone()
                ? bootstrap.connect(remote, from)
                : withOptions(
                        bootstrap, options::applyToDatagrams, (channel, done) -> channel.connect(remote, from, done));
    }

    /**
     * Binds a UDP socket that hears everybody.
     *
     * @param options set before it is bound; a {@link ChannelException} of theirs fails the result
     */
    public static ChannelFuture bindUdp(
            EventLoop loop, InetSocketAddress local, Consumer<Channel> options, ChannelHandler last) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(datagramType(loop))
                .option(ChannelOption.RECVBUF_ALLOCATOR, DatagramReads.allocator())
                .handler(last);
        return withOptions(bootstrap, options, (channel, bound) -> channel.bind(local, bound));
    }

    private static final ChannelHandler PREPARE = new Prepare();

    @ChannelHandler.Sharable
    private static final class Prepare extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            Channels.prepare(channel);
        }
    }
}
