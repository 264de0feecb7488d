package io.culvert.ingress.protocol;

import io.culvert.model.Destination;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The server side of a protocol on a UDP socket. */
public interface DatagramProtocol {

    /**
     * A datagram for a destination.
     *
     * @param answersFrom the address that answers leave from, though it is another host's; null for the socket's own
     * @param association the stream whose end ends the client's sessions; null where there is none
     * @param payload owned by the caller
     */
    record Unwrapped(
            Destination target,
            TargetOrigin origin,
            @Nullable UserRef user,
            @Nullable InetSocketAddress answersFrom,
            @Nullable Channel association,
            ByteBuf payload) {}

    /** Whether {@link #unwrap} is to be told where clients meant to send before the firewall led their datagrams here. */
    default boolean followsRedirects() {
        return false;
    }

    /**
     * Reads a datagram from a client.
     *
     * @param sentTo where the client has sent it to; without {@link #followsRedirects}, or where the system does not say it, the
     *     socket's own address
     * @param packet not released; a payload made of it is retained
     * @return the payload and where it goes, or null where it is not for anybody
     */
    @Nullable
    Unwrapped unwrap(InetSocketAddress source, InetSocketAddress sentTo, ByteBuf packet);

    /** Makes the datagram that carries an answer; takes over the payload. */
    ByteBuf wrap(ByteBufAllocator allocator, Destination target, ByteBuf payload);
}
