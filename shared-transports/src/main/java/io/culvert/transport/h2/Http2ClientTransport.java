package io.culvert.transport.h2;

import io.culvert.model.Address;
import io.culvert.transport.ClientTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The client's half of HTTP/2: streams to a server share the connections that an event loop has to it. */
public final class Http2ClientTransport implements ClientTransport {
    private final ClientTransport sockets;
    private final StreamRequest request;
    private final Map<EventLoop, ConnectionPool> pools = new ConcurrentHashMap<>();

    /**
     * @param sockets opens the connections themselves, with their TLS, whose ALPN has to end in {@code h2}
     * @param request what opens a stream
     */
    public Http2ClientTransport(ClientTransport sockets, StreamRequest request) {
        this.sockets = sockets;
        this.request = request;
    }

    @Override
    public Future<Channel> open(Address server, int port, EventLoop loop) {
        Promise<Channel> opened = loop.newPromise();
        ConnectionPool pool = pools.computeIfAbsent(loop, of -> new ConnectionPool(of, sockets, request));
        if (loop.inEventLoop()) {
            pool.open(server, port, opened);
        } else {
            loop.execute(() -> pool.open(server, port, opened));
        }
        return opened;
    }
}
