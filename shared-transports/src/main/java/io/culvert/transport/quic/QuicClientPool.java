package io.culvert.transport.quic;

import io.culvert.model.Address;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The connections of one event loop, by server. Owned by that loop. */
final class QuicClientPool {
    private record Server(Address address, int port) {}

    private final QuicClientTransport transport;
    private final EventLoop loop;
    private final Map<Server, List<QuicClientConnection>> connections = new HashMap<>();

    QuicClientPool(QuicClientTransport transport, EventLoop loop) {
        this.transport = transport;
        this.loop = loop;
    }

    /** A stream of a connection that has one left, else of a new connection. */
    Future<Channel> open(Address address, int port) {
        Promise<Channel> result = loop.newPromise();
        open(new Server(address, port), result);
        return result;
    }

    private void open(Server server, Promise<Channel> result) {
        List<QuicClientConnection> known = connections.computeIfAbsent(server, _ -> new ArrayList<>());
        for (QuicClientConnection connection : known) {
            if (connection.hasRoom()) {
                connection.open(result);
                return;
            }
        }
        QuicClientConnection fresh = new QuicClientConnection(
                transport, loop, server.address, server.port, left -> open(server, left), gone -> forget(server, gone));
        known.add(fresh);
        fresh.open(result);
        fresh.connect();
    }

    private void forget(Server server, QuicClientConnection gone) {
        List<QuicClientConnection> known = connections.get(server);
        if (known != null && known.remove(gone) && known.isEmpty()) {
            connections.remove(server);
        }
    }
}
