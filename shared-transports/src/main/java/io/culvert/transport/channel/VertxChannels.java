package io.culvert.transport.channel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetServerInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ServerID;
import java.net.InetSocketAddress;
import java.util.Map;

/** The one place that reaches under Vert.x. */
public final class VertxChannels {
    private static final String VERTX_HANDLER = "handler";

    private VertxChannels() {}

    /** The event loop of a context that has one. */
    public static EventLoop loopOf(Context context) {
        return ((ContextInternal) context).nettyEventLoop();
    }

    /** All event loops. */
    public static EventLoopGroup loopsOf(Vertx vertx) {
        return ((VertxInternal) vertx).nettyEventLoopGroup();
    }

    /** Whether a TCP port is listened on by servers that Vert.x shares it among; those who come join them. */
    public static boolean sharesPort(Vertx vertx, InetSocketAddress address) {
        Map<ServerID, NetServerInternal> servers = ((VertxInternal) vertx).sharedTcpServers();
        String host = address.getAddress().getHostAddress();
        synchronized (servers) {
            return servers.keySet().stream()
                    .anyMatch(one -> one.port() == address.getPort() && host.equals(one.host()));
        }
    }

    /** What a Netty future is to those who speak Vert.x's. */
    public static <T> Future<T> future(io.netty.util.concurrent.Future<T> netty) {
        Promise<T> promise = Promise.promise();
        netty.addListener((io.netty.util.concurrent.Future<T> done) -> {
            if (done.isSuccess()) {
                promise.complete(done.getNow());
            } else {
                promise.fail(done.cause());
            }
        });
        return promise.future();
    }

    /**
     * Takes the channel of a socket that Vert.x has just accepted. Called synchronously in the connect handler, before
     * anything is read. Vert.x's own handler leaves the pipeline: the socket object must not be used afterwards, and only
     * the server's shutdown still knows the channel.
     *
     * @return the channel, prepared by {@link Channels#prepare}
     */
    public static Channel adopt(NetSocket socket) {
        Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
        if (!channel.eventLoop().inEventLoop()) {
            throw new IllegalStateException("a socket is adopted on its own event loop");
        }
        if (channel.pipeline().get(VERTX_HANDLER) != null) {
            channel.pipeline().remove(VERTX_HANDLER);
        }
        Channels.prepare(channel);
        return channel;
    }
}
