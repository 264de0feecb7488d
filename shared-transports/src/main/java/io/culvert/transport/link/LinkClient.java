package io.culvert.transport.link;

import io.culvert.bus.BusFormatException;
import io.culvert.bus.ControlFormats;
import io.culvert.bus.LinkOrder;
import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.LinkGrant;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import io.culvert.transport.tls.MutualTls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The ingress's end of node links: opens what an order says at the egress of another node, each session a stream on a connection
 * that the session's event loop has to that egress. Connections are made when they are needed and kept. Safe for all threads.
 *
 * <p>A failure is a {@link SessionFailure}: {@link CloseCause#LINK_FAILED} where the egress could not be reached or went away
 * before it answered, else what the egress answered. {@link CloseCause#mayTryElsewhere} tells which of them another egress may
 * be asked for; no byte of the client has left by then but those that may leave twice ({@link Repeatable}).
 */
public final class LinkClient implements Outbound {
    private final Map<EventLoop, LinkClientPool> pools = new ConcurrentHashMap<>();
    private final Counters counters = new Counters();
    private volatile @Nullable MutualTls tls;
    private volatile boolean closed;

    /** What is counted, on all event loops. */
    static final class Counters {
        final LongAdder connections = new LongAdder();
        final LongAdder lost = new LongAdder();
        final LongAdder ahead = new LongAdder();
    }

    /** @param tls what connections are protected with, or null for clear text */
    public LinkClient(@Nullable MutualTls tls) {
        this.tls = tls;
    }

    /** Takes new certificates for connections to come; those that stand keep theirs. */
    public void use(MutualTls renewed) {
        tls = renewed;
    }

    @Nullable
    MutualTls tls() {
        return tls;
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        return open(order, loop, () -> null);
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop, Supplier<@Nullable ByteBuf> first) {
        LinkGrant grant = order.link();
        if (grant == null || closed) {
            return loop.newFailedFuture(
                    new SessionFailure(CloseCause.LINK_FAILED, grant == null ? "no link to the egress" : "closed"));
        }
        ByteBuf encoded;
        try {
            encoded = Unpooled.wrappedBuffer(ControlFormats.LINK_ORDER.encode(LinkOrder.of(order)));
        } catch (BusFormatException e) {
            return loop.newFailedFuture(
                    new SessionFailure(CloseCause.UNSUPPORTED, "an order that is too long: " + e.getMessage()));
        }
        Promise<Channel> opened = loop.newPromise();
        LinkClientPool pool = pools.computeIfAbsent(loop, own -> new LinkClientPool(own, this::tls, counters));
        pool.open(
                new LinkClientPool.Endpoint(grant.address(), order.egressNode()),
                new LinkOpening(encoded, order.target().network(), first, opened));
        return opened;
    }

    /** Connections that stand. */
    public long connections() {
        return counters.connections.sum();
    }

    /** Connections that could not be made, or have ended. */
    public long lost() {
        return counters.lost.sum();
    }

    /** Sessions whose first bytes were sent with their order. */
    public long sentAhead() {
        return counters.ahead.sum();
    }

    /** Opens nothing more, and closes the connections with everything on them. */
    public void close() {
        closed = true;
        pools.forEach((loop, pool) -> loop.execute(pool::close));
    }
}
