package io.culvert.ingress.protocol;

import io.culvert.model.UserRef;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
    /** The oldest first; guarded by this object. */
    private final Map<InetAddress, List<Association>> byHost = new HashMap<>();

    /**
     * A host's association begins, and ends with its stream.
     *
     * @param announcedPort where the client says that it sends from, 0 where it does not
     */
    void open(InetAddress host, int announcedPort, UserRef user, Channel stream) {
        Association association = new Association(user, stream, announcedPort);
        synchronized (this) {
            byHost.computeIfAbsent(host, _ -> new ArrayList<>()).add(association);
        }
        stream.closeFuture().addListener(_ -> closed(host, association));
    }

    private synchronized void closed(InetAddress host, Association association) {
        List<Association> left = byHost.get(host);
        if (left != null && left.remove(association) && left.isEmpty()) {
            byHost.remove(host);
        }
        association.sockets.forEach(socket -> bySocket.remove(socket, association));
    }

    /** The association of a client's socket, or null where its host holds none. */
    @Nullable
    Association of(InetSocketAddress socket) {
        Association known = bySocket.get(socket);
        return known == null ? find(socket) : known;
    }

    private synchronized @Nullable Association find(InetSocketAddress socket) {
        List<Association> ofHost = byHost.get(socket.getAddress());
        if (ofHost == null) {
            return null;
        }
        Association found = choose(ofHost, socket.getPort());
        if (found.sockets.size() < MOST_SOCKETS) {
            found.sockets.add(socket);
            bySocket.put(socket, found);
        }
        return found;
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
