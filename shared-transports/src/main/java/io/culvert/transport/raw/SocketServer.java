package io.culvert.transport.raw;

import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.KeepAlive;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket: a TCP port or a unix socket, whose connections are spread over the event loops of the node. A unix socket
 * and socket options need Linux, where Netty drives sockets by epoll. Safe for all threads.
 */
public final class SocketServer {
    /** Connections that may wait to be accepted. */
    public static final int BACKLOG = 4_096;

    private final SessionLoops loops;
    private final SocketOptions options;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final ChannelHandler onAccept;
    private volatile @Nullable Channel listening;

    /**
     * @param loops those of the connections, the first of them the listening socket's too
     * @param accepted is given each connection on its own loop, prepared by {@link Channels#prepare}, before anything is read
     */
    public SocketServer(SessionLoops loops, SocketOptions options, Consumer<Channel> accepted) {
        this.loops = loops;
        this.options = options;
        this.onAccept = new OnAccept(connections, accepted);
    }

    /**
     * Listens.
     *
     * @param address a TCP address or a unix socket's
     * @return the bound socket; fails with an {@link IOException} or {@link ChannelException}
     */
    public Future<Channel> listen(SocketAddress address) {
        EventLoop acceptor = loops.first();
        boolean unix = address instanceof DomainSocketAddress;
        if (unix && !Sockets.isEpoll(acceptor)) {
            return acceptor.newFailedFuture(new IOException("needs Linux and Netty's native transport"));
        }
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(acceptor, loops)
                .channel(unix ? EpollServerDomainSocketChannel.class : Sockets.listenerType(acceptor))
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.RECVBUF_ALLOCATOR, Sockets.accepting())
                .handler(BEFORE_REGISTRATION)
                .childHandler(onAccept);
        if (!unix) {
            bootstrap.option(ChannelOption.SO_REUSEADDR, true);
        }
        Promise<Channel> result = acceptor.newPromise();
        ChannelFuture registered = bootstrap.register();
        registered.addListener(done -> {
            if (done.isSuccess()) {
                bind(registered.channel(), address, unix, result);
            } else {
                result.setFailure(done.cause());
            }
        });
        return result;
    }

    /**
     * Serves a unix socket that listens already.
     *
     * @param descriptor taken over
     * @return the socket
     */
    public Future<Channel> serve(int descriptor) {
        Promise<Channel> result = loops.first().newPromise();
        ChannelFuture registered = new ServerBootstrap()
                .group(loops.first(), loops)
                .channelFactory(() -> new EpollServerDomainSocketChannel(descriptor, true))
                .option(ChannelOption.RECVBUF_ALLOCATOR, Sockets.accepting())
                .handler(BEFORE_REGISTRATION)
                .childHandler(onAccept)
                .register();
        registered.addListener(done -> {
            if (done.isSuccess()) {
                listening = registered.channel();
                result.setSuccess(registered.channel());
            } else {
                result.setFailure(done.cause());
            }
        });
        return result;
    }

    private void bind(Channel socket, SocketAddress address, boolean unix, Promise<Channel> result) {
        try {
            if (!unix) {
                options.applyToListener(socket);
            }
        } catch (ChannelException e) {
            socket.close();
            result.setFailure(e);
            return;
        }
        socket.bind(address).addListener(bound -> {
            if (bound.isSuccess()) {
                listening = socket;
                result.setSuccess(socket);
            } else {
                socket.close();
                result.setFailure(bound.cause());
            }
        });
    }

    /** Completes once the socket has been closed by {@link #shutdown}: its address is free then. */
    public Future<?> closed() {
        Channel socket = listening;
        return socket == null ? loops.first().newSucceededFuture(null) : socket.closeFuture();
    }

    /** Stops accepting; connections that are open stay until the limit. Completes when all are gone. */
    public Future<?> shutdown(Duration limit) {
        Channel socket = listening;
        EventLoop acceptor = loops.first();
        if (socket == null) {
            return acceptor.newSucceededFuture(null);
        }
        Promise<Void> gone = acceptor.newPromise();
        socket.close().addListener(closed -> {
            Future<?> ending = acceptor.schedule(() -> connections.close(), limit.toMillis(), TimeUnit.MILLISECONDS);
            connections.newCloseFuture().addListener(_ -> {
                ending.cancel(false);
                gone.trySuccess(null);
            });
        });
        return gone;
    }

    private static final ChannelHandler BEFORE_REGISTRATION = new BeforeRegistration();

    /** In front of the handler that registers what was accepted. */
    @ChannelHandler.Sharable
    private static final class BeforeRegistration extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object accepted) {
            Channels.accepted((Channel) accepted);
            ctx.fireChannelRead(accepted);
        }
    }

    /** Waits for the connection to be active, as one that Vert.x hands over is. */
    @ChannelHandler.Sharable
    private static final class OnAccept extends ChannelInboundHandlerAdapter {
        private final ChannelGroup connections;
        private final Consumer<Channel> accepted;

        OnAccept(ChannelGroup connections, Consumer<Channel> accepted) {
            this.connections = connections;
            this.accepted = accepted;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            Channel channel = ctx.channel();
            connections.add(channel);
            channel.pipeline().remove(this);
            KeepAlive.accepted(channel);
            Channels.prepare(channel);
            accepted.accept(channel);
        }
    }
}
