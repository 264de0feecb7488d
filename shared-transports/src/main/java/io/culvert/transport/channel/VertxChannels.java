package io.culvert.transport.channel;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;

/** The one place that reaches under Vert.x. */
public final class VertxChannels {
    private VertxChannels() {}

    /** The event loop of a context that has one. */
    public static EventLoop loopOf(Context context) {
        return ((ContextInternal) context).nettyEventLoop();
    }

    /** All event loops. */
    public static EventLoopGroup loopsOf(Vertx vertx) {
        return ((VertxInternal) vertx).nettyEventLoopGroup();
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
}
