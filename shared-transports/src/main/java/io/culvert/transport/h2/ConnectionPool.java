package io.culvert.transport.h2;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.ClientTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The connections of one event loop, which owns them. */
final class ConnectionPool {
    /**
     * Connections to one server. A second one is opened when the first has all the streams that it may, or when its window is
     * used up: a 4.34 server has one MiB for a whole connection, and one reader that has stopped takes all of it.
     */
    static final int MAX_CONNECTIONS = 8;

    private record Endpoint(Address server, int port) {}

    private final EventLoop loop;
    private final ClientTransport sockets;
    private final StreamRequest request;
    private final Map<Endpoint, List<PooledConnection>> connections = new HashMap<>();

    ConnectionPool(EventLoop loop, ClientTransport sockets, StreamRequest request) {
        this.loop = loop;
        this.sockets = sockets;
        this.request = request;
    }

    /** Opens a stream. */
    void open(Address server, int port, Promise<Channel> opened) {
        PooledConnection connection = choose(new Endpoint(server, port));
        if (connection == null) {
            opened.setFailure(new SessionFailure(CloseCause.LIMIT, "HTTP/2: no stream left on any connection"));
        } else {
            connection.open(opened);
        }
    }

    private @Nullable PooledConnection choose(Endpoint endpoint) {
        List<PooledConnection> open = connections.computeIfAbsent(endpoint, _ -> new ArrayList<>(1));
        PooledConnection busy = null;
        int taking = 0;
        for (PooledConnection one : open) {
            if (one.takesStreams()) {
                if (!one.isClogged()) {
                    return one;
                }
                if (busy == null || one.streams() < busy.streams()) {
                    busy = one;
                }
            }
            if (!one.isLeaving()) {
                taking++;
            }
        }
        return taking < MAX_CONNECTIONS ? add(endpoint, open) : busy;
    }

    private PooledConnection add(Endpoint endpoint, List<PooledConnection> open) {
        PooledConnection connection = new PooledConnection(request, gone -> remove(endpoint, gone));
        open.add(connection);
        connection.connect(sockets.open(endpoint.server, endpoint.port, loop));
        return connection;
    }

    private void remove(Endpoint endpoint, PooledConnection gone) {
        List<PooledConnection> open = connections.get(endpoint);
        if (open != null) {
            open.remove(gone);
            if (open.isEmpty()) {
                connections.remove(endpoint);
            }
        }
    }
}
