package io.culvert.transport;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;

/** A transport that has a listening socket of its own kind (mKCP, QUIC): everything from the packets to the streams. */
public interface ServerTransport {

    /**
     * Listens. Streams are handed over on the given loop.
     *
     * @return the bound address; fails with an {@link java.io.IOException}
     */
    Future<InetSocketAddress> listen(EventLoop loop, InetSocketAddress address, ServerLayer.Accepted next);

    /** Takes no new streams; those that are open may stay until the limit. Completes when all are gone. */
    Future<Void> shutdown(Duration limit);
}
