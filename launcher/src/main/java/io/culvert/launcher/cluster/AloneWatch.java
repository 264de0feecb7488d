package io.culvert.launcher.cluster;

import io.culvert.config.ClusterConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Says once a minute that a node hears no other one though its {@code members} name some. It goes on all the same: after a loss
 * of power, or in an ordered start, one node is the first. A node whose members are only itself is alone on purpose.
 */
final class AloneWatch {
    /** How often it looks. */
    static final long LOOK_MILLIS = 5_000;

    /** When it looks first: nodes that start together have heard each other by then. */
    static final long FIRST_LOOK_MILLIS = 15_000;

    private static final long WARN_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ClusterConfig config;
    private final LongSupplier nanoClock;
    private final Consumer<String> warn;
    private long warnedAt;
    private volatile boolean alone;

    AloneWatch(ClusterConfig config, LongSupplier nanoClock, Consumer<String> warn) {
        this.config = config;
        this.nanoClock = nanoClock;
        this.warn = warn;
        this.warnedAt = nanoClock.getAsLong() - WARN_NANOS;
    }

    /** Whether it was so at the last look. Any thread. */
    boolean isAlone() {
        return alone;
    }

    /** Looks. Blocks while names are resolved; one call at a time. */
    void look(int others) {
        List<String> missing = others > 0
                ? List.of()
                : config.members().stream().filter(this::isAnother).toList();
        boolean now = !missing.isEmpty();
        long at = nanoClock.getAsLong();
        if (now && at - warnedAt >= WARN_NANOS) {
            warnedAt = at;
            warn.accept("this node is alone: none of the other members of farm " + config.name() + " is heard ("
                    + String.join(", ", missing) + "); it serves what its own roles can, and looks for them");
        }
        alone = now;
    }

    /** Whether a member is another node: a name may be this one's, and one that does not resolve is nobody's yet. */
    private boolean isAnother(String member) {
        int colon = member.lastIndexOf(':');
        if (!member.substring(colon + 1).equals(Integer.toString(config.port()))) {
            return true;
        }
        String host = member.substring(0, Math.max(colon, 0)).replace("[", "").replace("]", "");
        try {
            InetAddress own = InetAddress.getByName(config.bind());
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (address.equals(own)) {
                    return false;
                }
            }
        } catch (UnknownHostException _) {
            // Another node that is not there yet, as a pod that has not been scheduled.
        }
        return true;
    }
}
