package io.culvert.transport.raw;

import io.culvert.transport.channel.StreamEnd;
import io.netty.channel.AbstractEventLoopGroup;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The event loops of a node as they are dealt out to accepted connections: each goes to the loop that has the fewest of them, and
 * of equal ones to the first, which accepts them and is where the question about a session leaves and its answer arrives. As long
 * as that loop is not behind the others with its work, a session thus begins without a change of threads.
 *
 * <p>Safe for all threads. The loops are somebody else's: whoever ends them ends this.
 */
public final class SessionLoops extends AbstractEventLoopGroup {
    private final EventLoopGroup all;
    private final List<Share> shares = new ArrayList<>();

    private record Share(EventLoop loop, AtomicInteger connections) {
        Share(EventLoop loop) {
            this(loop, new AtomicInteger());
        }
    }

    /**
     * @param all the loops of the node
     * @param first one of them
     */
    public SessionLoops(EventLoopGroup all, EventLoop first) {
        this.all = all;
        shares.add(new Share(first));
        for (EventExecutor each : all) {
            if (each instanceof EventLoop loop && !loop.equals(first)) {
                shares.add(new Share(loop));
            }
        }
    }

    /** The loop that accepts connections. */
    public EventLoop first() {
        return shares.getFirst().loop();
    }

    @Override
    public EventLoop next() {
        return fewest().loop();
    }

    private Share fewest() {
        Share fewest = shares.getFirst();
        int count = fewest.connections().get();
        for (Share share : shares) {
            int its = share.connections().get();
            if (its < count) {
                fewest = share;
                count = its;
            }
        }
        return fewest;
    }

    @Override
    public ChannelFuture register(Channel channel) {
        return take(channel).register(channel);
    }

    @Override
    public ChannelFuture register(ChannelPromise promise) {
        return take(promise.channel()).register(promise);
    }

    @Override
    @Deprecated
    public ChannelFuture register(Channel channel, ChannelPromise promise) {
        return take(channel).register(channel, promise);
    }

    private EventLoop take(Channel channel) {
        Share share = fewest();
        Counted counted = new Counted(share.connections());
        channel.pipeline().addLast(counted);
        channel.closeFuture().addListener(_ -> counted.end());
        return share.loop();
    }

    /** A connection counts until its client has ended it: what is left of its session then is little. */
    private static final class Counted extends ChannelInboundHandlerAdapter {
        private final AtomicInteger connections;
        private boolean ended;

        Counted(AtomicInteger connections) {
            this.connections = connections;
            connections.incrementAndGet();
        }

        void end() {
            if (!ended) {
                ended = true;
                connections.decrementAndGet();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == StreamEnd.INPUT) {
                end();
            }
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public Iterator<EventExecutor> iterator() {
        return all.iterator();
    }

    @Override
    public boolean isShuttingDown() {
        return all.isShuttingDown();
    }

    @Override
    public boolean isShutdown() {
        return all.isShutdown();
    }

    @Override
    public boolean isTerminated() {
        return all.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return all.awaitTermination(timeout, unit);
    }

    @Override
    public Future<?> terminationFuture() {
        return all.terminationFuture();
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        throw new UnsupportedOperationException("the loops are another's");
    }

    @Override
    @Deprecated
    public void shutdown() {
        throw new UnsupportedOperationException("the loops are another's");
    }
}
