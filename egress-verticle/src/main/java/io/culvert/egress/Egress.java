package io.culvert.egress;

import io.culvert.config.CulvertConfig;
import io.culvert.config.OutboundConfig;
import io.culvert.config.PolicyConfig;
import io.culvert.config.diff.Meaning;
import io.culvert.egress.OutboundTable.Made;
import io.culvert.egress.dial.AddressGuard;
import io.culvert.egress.dial.Dialer;
import io.culvert.egress.dial.Names;
import io.culvert.egress.outbound.Outbounds;
import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The outbounds of a node by tag: what opens destinations for the node's own ingress, and for others by the node link. */
public final class Egress implements Outbound, AutoCloseable {
    private final Names names = new Names();
    private final Maker maker;
    private final LongSupplier nanoClock;
    private final LongAdder opening = new LongAdder();
    private final AwaitedConfigs missed = new AwaitedConfigs();
    private volatile OutboundTable table = OutboundTable.EMPTY;
    /** Of the configuration that runs; what is opened by the one before or after it has these limits too. */
    private volatile PolicyConfig policy = PolicyConfig.ABSENT;

    /** Makes the outbound of a configuration. */
    @FunctionalInterface
    interface Maker {
        Outbound make(OutboundConfig config) throws TlsConfigException;
    }

    /**
     * @param node this node's id
     * @param ownListeners what this node listens on, for the address guard
     * @param farm what all nodes of the farm listen on for each other and for their operator, for the same
     * @param admin what this node listens on for its operator, for the same
     */
    public Egress(
            String node,
            Supplier<Set<InetSocketAddress>> ownListeners,
            Supplier<Set<InetSocketAddress>> farm,
            Set<InetSocketAddress> admin) {
        Dialer dialer = new Dialer(names, new AddressGuard(node, ownListeners, farm, admin));
        this.maker = config -> Outbounds.of(config, dialer);
        this.nanoClock = System::nanoTime;
    }

    /** With outbounds of another make. */
    Egress(Maker maker, LongSupplier nanoClock) {
        this.maker = maker;
        this.nanoClock = nanoClock;
    }

    /** Takes the first configuration's outbounds at once: {@link #prepare} and {@link Prepared#commit}. */
    public void apply(CulvertConfig config, ConfigVersion version) throws TlsConfigException {
        prepare(config, version).commit();
    }

    /**
     * Makes another configuration's outbounds; those that are as they were stay the same, with their connections. They serve
     * what routers decide by that configuration from now on, whichever of the nodes runs it first. Reads certificates.
     *
     * @param version what it will be called
     * @throws TlsConfigException where an outbound cannot be made; nothing has changed then
     */
    public Prepared prepare(CulvertConfig config, ConfigVersion version) throws TlsConfigException {
        Map<String, Made> before = table.present().made();
        Map<String, Made> made = new HashMap<>();
        for (OutboundConfig outbound : config.outbounds()) {
            Made old = before.get(outbound.tag());
            OutboundConfig meant = Meaning.of(outbound);
            Made now = old != null && old.config().equals(meant) ? old : new Made(meant, maker.make(outbound));
            if (outbound.tag().isEmpty()) {
                // Only the first can be meant without a tag: it is the default.
                made.putIfAbsent("", now);
            } else {
                made.put(outbound.tag(), now);
            }
        }
        OutboundTable.Of ready = new OutboundTable.Of(version, made);
        change(table.prepared(ready));
        return new Prepared(ready, config.policy());
    }

    private void change(OutboundTable changed) {
        table = changed;
        missed.arrived(this::isMissing, this);
    }

    /** Another configuration's outbounds, to be taken or dropped. */
    public final class Prepared {
        private final OutboundTable.Of ready;
        private final PolicyConfig limits;

        private Prepared(OutboundTable.Of ready, PolicyConfig limits) {
            this.ready = ready;
            this.limits = limits;
        }

        /**
         * Takes them; sessions that are open keep theirs, and what a router has decided already finds the outbound that it meant
         * for {@link OutboundTable#DECIDED_NANOS} more.
         */
        public void commit() {
            policy = limits;
            change(table.committed(ready, nanoClock.getAsLong()));
        }

        /** Drops them, but for what a router has decided by them. */
        public void discard() {
            change(table.discarded(ready, nanoClock.getAsLong()));
        }
    }

    /** The tags that this egress serves. */
    public Set<String> tags() {
        return table.present().made().keySet();
    }

    /** Destinations being opened right now. */
    public long opening() {
        return opening.sum();
    }

    /** Orders by a configuration that this egress has missed, and which had to wait for it. */
    public long awaited() {
        return missed.awaited();
    }

    /** Those of {@link #awaited} that waited in vain. */
    public long unarrived() {
        return missed.refused();
    }

    private boolean isMissing(ConfigVersion config) {
        return table.awaits(config, nanoClock);
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        OutboundTable now = table;
        ConfigVersion config = order.config();
        if (config != null && now.awaits(config, nanoClock)) {
            return await(order, config, loop);
        }
        Outbound outbound = now.of(order.outboundTag(), config, nanoClock);
        if (outbound == null) {
            return loop.newFailedFuture(
                    new SessionFailure(CloseCause.NO_EGRESS, "no outbound \"" + order.outboundTag() + "\" here"));
        }
        opening.increment();
        return outbound.open(order, loop).addListener((Future<Channel> done) -> {
            opening.decrement();
            if (done.isSuccess()) {
                limit(done.getNow(), order.policy());
            }
        });
    }

    /** The shorter times of the inbound's user and of the outbound's end a session, as in V2Ray, where each end has its own. */
    private void limit(Channel stream, SessionPolicy asked) {
        SessionPolicy own = policy.level(Channels.levelOf(stream)).session();
        if (!asked.within(own).equals(asked)) {
            Channels.limitBy(stream, own);
        }
    }

    private Future<Channel> await(DialOrder order, ConfigVersion config, EventLoop loop) {
        Future<Channel> opened = missed.add(order, config, loop);
        if (!isMissing(config)) {
            // It has arrived between the look at the table and the place among those that wait.
            missed.arrived(this::isMissing, this);
        }
        return opened;
    }

    @Override
    public void close() {
        names.close();
    }
}
