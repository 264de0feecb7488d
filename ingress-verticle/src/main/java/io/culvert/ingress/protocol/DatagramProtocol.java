package io.culvert.ingress.protocol;

import io.culvert.model.Destination;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The server side of a protocol on a UDP socket. */
public interface DatagramProtocol {

    /**
     * A datagram for a destination.
     *
     * @param payload owned by the caller
     */
    record Unwrapped(
            Destination target,
            TargetOrigin origin,
            @Nullable UserRef user,
            ByteBuf payload) {}

    /**
     * Reads a datagram from a client.
     *
     * @param packet not released; a payload made of it is retained
     * @return the payload and where it goes, or null where it is not for anybody
     */
    @Nullable
    Unwrapped unwrap(InetSocketAddress source, ByteBuf packet);

    /** Makes the datagram that carries an answer; takes over the payload. */
    ByteBuf wrap(ByteBufAllocator allocator, Destination target, ByteBuf payload);
}
