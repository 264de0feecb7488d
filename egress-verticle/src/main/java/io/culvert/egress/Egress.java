package io.culvert.egress;

import io.culvert.config.CulvertConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.diff.Meaning;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The outbounds of a node by tag: what opens destinations for the node's own ingress, and for others by the node link. */
public final class Egress implements Outbound, AutoCloseable {
    /** How long an outbound that a configuration has taken away serves what was decided before. */
    private static final long DECIDED_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Names names = new Names();
    private final Dialer dialer;
    private final LongAdder opening = new LongAdder();
    private volatile Table table = Table.EMPTY;

    /**
     * @param node this node's id
     * @param ownListeners what this node listens on, for the address guard
     * @param farm what all nodes of the farm listen on for each other, for the same
     */
    public Egress(String node, Supplier<Set<InetSocketAddress>> ownListeners, Supplier<Set<InetSocketAddress>> farm) {
        this.dialer = new Dialer(names, new AddressGuard(node, ownListeners, farm));
    }

    /** Takes the first configuration's outbounds at once: {@link #prepare} and {@link Prepared#commit}. */
    public void apply(CulvertConfig config) throws TlsConfigException {
        prepare(config).commit();
    }

    /**
     * Makes another configuration's outbounds; those that are as they were stay the same, with their connections. They are
     * served under their tags from now on where those are new, so that a router may decide for them as soon as it will.
     * Reads certificates.
     *
     * @throws TlsConfigException where an outbound cannot be made; nothing has changed then
     */
    public Prepared prepare(CulvertConfig config) throws TlsConfigException {
        Table before = table;
        Map<String, Made> made = new HashMap<>();
        for (OutboundConfig outbound : config.outbounds()) {
            Made old = before.serving.get(outbound.tag());
            OutboundConfig meant = Meaning.of(outbound);
            Made now = old != null && old.config.equals(meant) ? old : new Made(meant, Outbounds.of(outbound, dialer));
            if (outbound.tag().isEmpty()) {
                // Only the first can be meant without a tag: it is the default.
                made.putIfAbsent("", now);
            } else {
                made.put(outbound.tag(), now);
            }
        }
        Map<String, Made> both = new HashMap<>(made);
        both.putAll(before.serving);
        table = new Table(Map.copyOf(both), before.retired);
        return new Prepared(before, made);
    }

    /** Another configuration's outbounds, to be taken or dropped. */
    public final class Prepared {
        private final Table before;
        private final Map<String, Made> made;

        private Prepared(Table before, Map<String, Made> made) {
            this.before = before;
            this.made = Map.copyOf(made);
        }

        /**
         * Takes them; sessions that are open keep theirs, and what a router has decided already finds an outbound that has
         * gone for {@link #DECIDED_NANOS} more.
         */
        public void commit() {
            long now = System.nanoTime();
            Map<String, Retired> retired = new HashMap<>();
            before.retired.forEach((tag, old) -> {
                if (old.until - now > 0) {
                    retired.put(tag, old);
                }
            });
            before.serving.forEach((tag, old) -> retired.put(tag, new Retired(old.outbound, now + DECIDED_NANOS)));
            retired.keySet().removeAll(made.keySet());
            table = new Table(made, Map.copyOf(retired));
        }

        /** Drops them. */
        public void discard() {
            table = before;
        }
    }

    /** @param config as it was meant, to know it again */
    private record Made(OutboundConfig config, Outbound outbound) {}

    /** @param until by {@link System#nanoTime} */
    private record Retired(Outbound outbound, long until) {}

    private record Table(Map<String, Made> serving, Map<String, Retired> retired) {
        static final Table EMPTY = new Table(Map.of(), Map.of());

        @Nullable
        Outbound of(String tag) {
            Made made = serving.get(tag);
            if (made != null) {
                return made.outbound;
            }
            Retired old = retired.get(tag);
            return old != null && old.until - System.nanoTime() > 0 ? old.outbound : null;
        }
    }

    /** The tags that this egress serves. */
    public Set<String> tags() {
        return table.serving.keySet();
    }

    /** Destinations being opened right now. */
    public long opening() {
        return opening.sum();
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        Outbound outbound = table.of(order.outboundTag());
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
