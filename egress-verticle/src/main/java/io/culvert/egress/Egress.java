package io.culvert.egress;

import io.culvert.config.CulvertConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.egress.dial.AddressGuard;
import io.culvert.egress.dial.Dialer;
import io.culvert.egress.dial.Names;
import io.culvert.egress.outbound.Outbounds;
import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** The outbounds of a node by tag: what opens destinations for the node's own ingress, and for others by the node link. */
public final class Egress implements Outbound, AutoCloseable {
    private final Names names = new Names();
    private final Dialer dialer;
    private final LongAdder opening = new LongAdder();
    private volatile Map<String, Outbound> outbounds = Map.of();

    /**
     * @param node this node's id
     * @param ownListeners what this node listens on, for the address guard
     * @param farm what all nodes of the farm listen on for each other, for the same
     */
    public Egress(
            String node, Supplier<Set<InetSocketAddress>> ownListeners, Supplier<Set<InetSocketAddress>> farm) {
        this.dialer = new Dialer(names, new AddressGuard(node, ownListeners, farm));
    }

    /**
     * Takes a configuration's outbounds; sessions that are open keep theirs.
     *
     * @throws TlsConfigException where an outbound cannot be made; nothing has changed then
     */
    public void apply(CulvertConfig config) throws TlsConfigException {
        Map<String, Outbound> made = new HashMap<>();
        for (OutboundConfig outbound : config.outbounds()) {
            Outbound built = Outbounds.of(outbound, dialer);
            if (outbound.tag().isEmpty()) {
                // Only the first can be meant without a tag: it is the default.
                made.putIfAbsent("", built);
            } else {
                made.put(outbound.tag(), built);
            }
        }
        outbounds = Map.copyOf(made);
    }

    /** The tags that this egress serves. */
    public Set<String> tags() {
        return outbounds.keySet();
    }

    /** Destinations being opened right now. */
    public long opening() {
        return opening.sum();
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        Outbound outbound = outbounds.get(order.outboundTag());
        if (outbound == null) {
            return loop.newFailedFuture(
                    new SessionFailure(CloseCause.NO_EGRESS, "no outbound \"" + order.outboundTag() + "\" here"));
        }
        opening.increment();
        return outbound.open(order, loop).addListener(done -> opening.decrement());
    }

    @Override
    public void close() {
        names.close();
    }
}
