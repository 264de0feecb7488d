package io.culvert.transport.link;

import io.culvert.transport.tls.MutualTls;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop, which owns them. */
final class LinkClientPool {
    /**
     * An egress.
     *
     * @param address where its link listens
     * @param node its id: another start of the same node is another egress, and has other connections
     */
    record Endpoint(InetSocketAddress address, String node) {}

    private final EventLoop loop;
    private final Supplier<@Nullable MutualTls> tls;
    private final LinkClient.Counters counters;
    private final Map<Endpoint, List<LinkClientConnection>> connections = new HashMap<>();

    LinkClientPool(EventLoop loop, Supplier<@Nullable MutualTls> tls, LinkClient.Counters counters) {
        this.loop = loop;
        this.tls = tls;
        this.counters = counters;
    }

    /** Opens a session; any thread. */
    void open(Endpoint endpoint, LinkOpening opening) {
        if (loop.inEventLoop()) {
            choose(endpoint, opening);
        } else {
            loop.execute(() -> choose(endpoint, opening));
        }
    }

    private void choose(Endpoint endpoint, LinkOpening opening) {
        List<LinkClientConnection> all = connections.computeIfAbsent(endpoint, _ -> new ArrayList<>(1));
        LinkClientConnection best = null;
        int open = 0;
        for (LinkClientConnection one : all) {
            if (one.isSuspect()) {
                opening.unreachable("no sign of life from the egress");
                return;
            }
            if (!one.isLeaving()) {
                open++;
                if (best == null || one.sessions() < best.sessions()) {
                    best = one;
                }
            }
        }
        boolean crowded = best == null || best.sessions() >= LinkLimits.SESSIONS_PER_CONNECTION;
        if (crowded && open < LinkLimits.CONNECTIONS_PER_EGRESS) {
            best = new LinkClientConnection(endpoint, counters, gone -> remove(endpoint, gone));
            all.add(best);
            best.open(opening);
            best.connect(loop, tls.get());
        } else if (best != null) {
            best.open(opening);
        }
    }

    private void remove(Endpoint endpoint, LinkClientConnection gone) {
        List<LinkClientConnection> all = connections.get(endpoint);
        if (all != null) {
            all.remove(gone);
            if (all.isEmpty()) {
                connections.remove(endpoint);
            }
        }
    }

    /** Ends everything. */
    void close() {
        List<LinkClientConnection> all = new ArrayList<>();
        connections.values().forEach(all::addAll);
        all.forEach(LinkClientConnection::close);
    }
}
