package io.culvert.egress;

import io.culvert.config.OutboundConfig;
import io.culvert.model.ConfigVersion;
import io.culvert.transport.Outbound;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The outbounds of an egress: those of the configuration that it runs, of the one that it has made ready, and for a while of those
 * that have given way. Routers and egresses change their configuration one after the other, so that an order may be of any of
 * them; it says of which. Immutable: whoever holds one changes it by one write.
 *
 * @param next the configuration that is ready, or null where none is
 * @param past the latest first
 */
record OutboundTable(Of present, @Nullable Of next, List<Past> past) {
    /** How long the outbounds of a configuration that has gone serve what was decided by it. */
    static final long DECIDED_NANOS = TimeUnit.SECONDS.toNanos(10);

    static final OutboundTable EMPTY = new OutboundTable(new Of(ConfigVersion.of(0), Map.of()), null, List.of());

    OutboundTable {
        past = List.copyOf(past);
    }

    /** @param config as it was meant, to know it again */
    record Made(OutboundConfig config, Outbound outbound) {}

    /** The outbounds of one configuration by tag. One that did not change is the same in several, with its connections. */
    record Of(ConfigVersion version, Map<String, Made> made) {
        Of {
            made = Map.copyOf(made);
        }
    }

    /** @param until by the monotonic clock */
    record Past(Of outbounds, long until) {
        boolean isOver(long now) {
            return until - now <= 0;
        }
    }

    OutboundTable prepared(Of ready) {
        return new OutboundTable(present, ready, past);
    }

    /** What was ready is run from now on. */
    OutboundTable committed(Of ready, long now) {
        return new OutboundTable(ready, null, withPast(present, now));
    }

    /** What was ready will not be run here; routers may have decided by it before they were told. */
    OutboundTable discarded(Of ready, long now) {
        return new OutboundTable(present, null, withPast(ready, now));
    }

    private List<Past> withPast(Of gone, long now) {
        List<Past> kept = new ArrayList<>();
        kept.add(new Past(gone, now + DECIDED_NANOS));
        for (Past old : past) {
            if (!old.isOver(now)) {
                kept.add(old);
            }
        }
        return kept;
    }

    /** Whether an order is by a configuration that has yet to arrive here: one of which nothing is known, and that wins. */
    boolean awaits(ConfigVersion config, LongSupplier nanoClock) {
        return !config.equals(present.version) && other(config, nanoClock) == null && config.wins(present.version);
    }

    /**
     * The outbound that an order means.
     *
     * @param config the configuration by which the order was decided, or null where it does not say
     * @return null where there is none
     */
    @Nullable
    Outbound of(String tag, @Nullable ConfigVersion config, LongSupplier nanoClock) {
        if (config == null) {
            return latest(tag, nanoClock);
        }
        Of meant = config.equals(present.version) ? present : other(config, nanoClock);
        if (meant == null) {
            return latest(tag, nanoClock);
        }
        Made made = meant.made.get(tag);
        return made == null ? null : made.outbound;
    }

    private @Nullable Of other(ConfigVersion config, LongSupplier nanoClock) {
        if (next != null && next.version.equals(config)) {
            return next;
        }
        if (past.isEmpty()) {
            return null;
        }
        long now = nanoClock.getAsLong();
        for (Past old : past) {
            if (old.outbounds.version.equals(config) && !old.isOver(now)) {
                return old.outbounds;
            }
        }
        return null;
    }

    /** That of what runs; where the tag is new or has gone, that of what is ready or has been run last. */
    private @Nullable Outbound latest(String tag, LongSupplier nanoClock) {
        Made made = present.made.get(tag);
        if (made == null && next != null) {
            made = next.made.get(tag);
        }
        if (made == null && !past.isEmpty()) {
            long now = nanoClock.getAsLong();
            for (Past old : past) {
                if (made == null && !old.isOver(now)) {
                    made = old.outbounds.made.get(tag);
                }
            }
        }
        return made == null ? null : made.outbound;
    }
}
