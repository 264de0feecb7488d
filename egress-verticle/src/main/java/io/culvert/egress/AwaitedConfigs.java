package io.culvert.egress;

import io.culvert.model.CloseCause;
import io.culvert.model.ConfigVersion;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Orders by configurations that this egress has missed, each waiting for its own. It arrives by itself: a node that hears of a
 * later configuration than its own takes it. All nodes make one ready before the first of them runs it, so that only orders
 * at a node that was not there then get here. How many there are is bounded by the sessions that a node takes. Any thread.
 */
final class AwaitedConfigs {
    /** How long an order waits: longer than a node needs to find out that it has missed a configuration, and to take it. */
    static final long WAIT_MILLIS = 8_000;

    private final Set<Waiting> waiting = ConcurrentHashMap.newKeySet();
    private final LongAdder awaited = new LongAdder();
    private final LongAdder refused = new LongAdder();

    /** Told apart by instance: it is one session's. */
    private static final class Waiting {
        final DialOrder order;
        final ConfigVersion config;
        final EventLoop loop;
        final Promise<Channel> opened;

        Waiting(DialOrder order, ConfigVersion config, EventLoop loop) {
            this.order = order;
            this.config = config;
            this.loop = loop;
            this.opened = loop.newPromise();
        }
    }

    /**
     * Lets an order wait; called on its loop. Whoever calls looks again whether the configuration is still missing, and
     * {@link #arrived tells} where it is not.
     */
    Future<Channel> add(DialOrder order, ConfigVersion config, EventLoop loop) {
        Waiting one = new Waiting(order, config, loop);
        awaited.increment();
        waiting.add(one);
        Future<?> limit = loop.schedule(() -> giveUp(one), WAIT_MILLIS, TimeUnit.MILLISECONDS);
        one.opened.addListener(_ -> limit.cancel(false));
        return one.opened;
    }

    private void giveUp(Waiting one) {
        if (waiting.remove(one)) {
            refused.increment();
            one.opened.setFailure(new SessionFailure(
                    CloseCause.NO_EGRESS, "configuration " + one.config.epoch() + " has not arrived here"));
        }
    }

    /**
     * Opens what has waited long enough.
     *
     * @param missing whether a configuration still is
     * @param egress opens the others, each on its loop
     */
    void arrived(Predicate<ConfigVersion> missing, Outbound egress) {
        for (Waiting one : waiting) {
            if (!missing.test(one.config)) {
                one.loop.execute(() -> open(one, egress));
            }
        }
    }

    private void open(Waiting one, Outbound egress) {
        // On its loop, as the end of its time is: one of both has it.
        if (waiting.remove(one)) {
            PromiseNotifier.cascade(egress.open(one.order, one.loop), one.opened);
        }
    }

    /** Orders that had to wait. */
    long awaited() {
        return awaited.sum();
    }

    /** Orders that waited in vain. */
    long refused() {
        return refused.sum();
    }
}
