package io.culvert.ingress.protocol;

import io.culvert.model.UserRef;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The SOCKS UDP associations of an inbound (RFC 1928 section 7). A client's socket belongs to the association that announced its
 * port, else to the latest of its host that no socket has used yet, and stays with it. Safe for all threads: streams and datagrams
 * are on different event loops.
 */
final class Associations {
    /** Sockets that are remembered for one association; those of more are looked up each time. */
    private static final int MOST_SOCKETS = 256;

    /** An association, which ends with its stream. */
    static final class Association {
        private final UserRef user;
        private final Channel stream;
        private final int announcedPort;
        private final List<InetSocketAddress> sockets = new ArrayList<>();

        private Association(UserRef user, Channel stream, int announcedPort) {
            this.user = user;
            this.stream = stream;
            this.announcedPort = announcedPort;
        }

        UserRef user() {
            return user;
        }

        Channel stream() {
            return stream;
        }
    }

    private final Map<InetSocketAddress, Association> bySocket = new ConcurrentHashMap<>();
    /** The oldest first. A list, and the sockets of its associations, are touched within the map's own functions only. */
    private final Map<InetAddress, List<Association>> byHost = new ConcurrentHashMap<>();

    /**
     * A host's association begins, and ends with its stream.
     *
     * @param announcedPort where the client says that it sends from, 0 where it does not
     */
    void open(InetAddress host, int announcedPort, UserRef user, Channel stream) {
        Association association = new Association(user, stream, announcedPort);
        byHost.compute(host, (_, before) -> {
            List<Association> ofHost = before == null ? new ArrayList<>() : before;
            ofHost.add(association);
            return ofHost;
        });
        stream.closeFuture().addListener(_ -> closed(host, association));
    }

    private void closed(InetAddress host, Association association) {
        byHost.computeIfPresent(host, (_, left) -> {
            left.remove(association);
            association.sockets.forEach(socket -> bySocket.remove(socket, association));
            return left.isEmpty() ? null : left;
        });
    }

    /** The association of a client's socket, or null where its host holds none. */
    @Nullable
    Association of(InetSocketAddress socket) {
        Association known = bySocket.get(socket);
        return known == null ? find(socket) : known;
    }

    private @Nullable Association find(InetSocketAddress socket) {
        AtomicReference<@Nullable Association> found = new AtomicReference<>();
        byHost.computeIfPresent(socket.getAddress(), (_, ofHost) -> {
            Association chosen = choose(ofHost, socket.getPort());
            if (chosen.sockets.size() < MOST_SOCKETS) {
                chosen.sockets.add(socket);
                bySocket.put(socket, chosen);
            }
            found.set(chosen);
            return ofHost;
        });
        return found.get();
    }

    private static Association choose(List<Association> ofHost, int port) {
        Association unused = null;
        for (Association next : ofHost.reversed()) {
            if (next.announcedPort == port) {
                return next;
            }
            if (unused == null && next.announcedPort == 0 && next.sockets.isEmpty()) {
                unused = next;
            }
        }
        return unused == null ? ofHost.getLast() : unused;
    }
}
