package io.culvert.transport.testkit;

import io.culvert.transport.channel.Channels;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One event loop of a kind. */
public final class TestLoop implements AutoCloseable {
    /** What drives the sockets. */
    public enum Kind {
        NIO,
        EPOLL;

        public boolean isAvailable() {
            return this == NIO || Epoll.isAvailable();
        }
    }

    private final Kind kind;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;

    public TestLoop(Kind kind) {
        this.kind = kind;
        IoHandlerFactory factory = kind == Kind.NIO ? NioIoHandler.newFactory() : EpollIoHandler.newFactory();
        this.group = new MultiThreadIoEventLoopGroup(1, factory);
        this.loop = group.next();
    }

    public EventLoop loop() {
        return loop;
    }

    /** The listening socket kind that the loop drives. */
    public Class<? extends ServerChannel> serverType() {
        return kind == Kind.NIO ? NioServerSocketChannel.class : EpollServerSocketChannel.class;
    }

    /**
     * Listens on a free port of loopback.
     *
     * @param accepted is given each new connection, prepared, on the loop
     */
    public Channel listen(Consumer<Channel> accepted) throws InterruptedException {
        return new ServerBootstrap()
                .group(loop)
                .channel(serverType())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        Channels.prepare(socket);
                        accepted.accept(socket);
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
    }

    /** Runs on the loop and waits for the result. */
    public <T> T call(Callable<T> task) throws Exception {
        return loop.submit(task).get(Await.LONG.toSeconds(), TimeUnit.SECONDS);
    }

    /** Waits until the tasks that are queued now have run. */
    public void settle() throws Exception {
        call(() -> true);
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
    }
}
