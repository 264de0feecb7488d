package io.culvert.ingress.protocol;

import io.culvert.config.InboundSettings;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** dokodemo-door: every client goes to the one destination that the operator wrote (wire-formats section 13). */
public final class DokodemoInbound implements InboundProtocol, DatagramProtocol {
    private final Address address;
    private final int port;
    private final UserRef level;

    /** @param ownPort the inbound's port, which the destination has where none is configured */
    public DokodemoInbound(InboundSettings.Dokodemo settings, int ownPort) {
        this.address = settings.address() == null ? Address.parse("127.0.0.1") : settings.address();
        this.port = settings.port() == 0 ? ownPort : settings.port();
        this.level = new UserRef("", settings.userLevel());
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        // The request is in the configuration. It is made once the channel's pipeline stands.
        channel.eventLoop()
                .execute(() -> handshake.request(
                        channel, new ClientRequest(target(Network.TCP), TargetOrigin.OPERATOR, level, null, null)));
    }

    @Override
    public @Nullable Unwrapped unwrap(InetSocketAddress source, ByteBuf packet) {
        return new Unwrapped(target(Network.UDP), TargetOrigin.OPERATOR, level, packet.retainedSlice());
    }

    @Override
    public ByteBuf wrap(ByteBufAllocator allocator, Destination target, ByteBuf payload) {
        return payload;
    }

    private Destination target(Network network) {
        return new Destination(network, address, port);
    }
}
