package io.culvert.transport;

import io.culvert.model.Address;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

/** The client's half of a transport: opens streams to the server of a proxy outbound. Safe for all event loops. */
public interface ClientTransport {

    /**
     * Opens a stream, one attempt. Whether it has a connection of its own is the transport's business.
     *
     * @return a channel on {@code loop} with {@code autoRead} off and an {@link io.culvert.transport.channel.EarlyBytesHandler} as
     *     its last handler, which speaks the terms of {@link io.culvert.transport.channel.StreamEnd}; fails with
     *     {@link io.culvert.model.SessionFailure}
     */
    Future<Channel> open(Address server, int port, EventLoop loop);
}
