package io.culvert.ingress.protocol;

import io.culvert.model.CloseCause;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;

/**
 * What an inbound protocol may do with an accepted connection. Everything until {@link #request} must happen before the
 * handshake deadline of the inbound's policy level. Used on the connection's event loop.
 */
public interface Handshake {

    /** The client's address, as far as anybody has said it: for logs and rules. */
    InetSocketAddress source();

    /** Who is connected, whatever the client has written into a request: for what only some may do. */
    InetSocketAddress peer();

    /** The local address that the client reached. */
    InetSocketAddress local();

    /**
     * The request is known. Reading of the channel stops until its destination is open; what the protocol's handler passes
     * on from now, or has passed on already, is payload.
     *
     * @param channel the client's channel, or a {@link io.culvert.transport.channel.ChildChannel} of it for this request
     */
    void request(Channel channel, ClientRequest request);

    /** The connection is served without a session (a SOCKS association, kept-alive HTTP): the deadline no longer applies. */
    void settled();

    /**
     * Runs what takes too long for an event loop and what anybody can ask for, on another thread. Meanwhile nothing is read; whether
     * the client leaves or the deadline comes is noticed as ever.
     *
     * @param work what takes long; whether the client has proved to be a user, which takes nothing from what its source may ask for
     * @param then runs on the connection's event loop behind it, where the connection is still there
     * @return false where the client's source, or the node, may not ask for more now: nothing runs
     */
    boolean elsewhere(BooleanSupplier work, Runnable then);

    /** The client is refused: a line in the access log, then the channel is closed behind what was written. */
    void refuse(CloseCause cause, String why);

    /**
     * The client is refused as an unauthenticated peer is: nothing is written, what comes is read and discarded until the
     * handshake deadline, then a FIN. All failures of a protocol look alike (reliability section 2a.2).
     */
    void hold(CloseCause cause, String why);
}
