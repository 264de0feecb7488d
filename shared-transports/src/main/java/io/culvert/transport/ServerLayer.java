package io.culvert.transport;

import io.netty.channel.Channel;

/**
 * What an inbound's transport puts between an accepted socket (with its TLS, where it has TLS) and the protocol: nothing, a
 * WebSocket, HTTP/2 streams. One instance serves all sockets of an inbound, on all event loops.
 */
public interface ServerLayer {

    /** The socket itself is the stream. */
    ServerLayer NONE = (socket, next) -> next.accepted(socket);

    /**
     * Takes a socket from which nothing has been read, prepared by {@link io.culvert.transport.channel.Channels#prepare}. Hands
     * each stream on when its handshake is done; closes what never becomes a stream. The caller's deadline ends a socket that
     * has handed nothing on.
     */
    void accept(Channel socket, Accepted next);

    /** Where streams go. */
    interface Accepted {
        /**
         * A stream from which no payload has been read. Its last handler is a
         * {@link io.culvert.transport.channel.EarlyBytesHandler}, and it speaks the terms of
         * {@link io.culvert.transport.channel.StreamEnd}: the socket itself, or a channel of its own on the socket's event loop. A
         * client's address that the transport learned stands in {@link io.culvert.transport.channel.ClientAddress}.
         */
        void accepted(Channel stream);

        /** A request was answered, and not granted; the client may make another one on the same connection. */
        default void refused() {}
    }
}
