package io.culvert.ingress.protocol;

import io.culvert.config.InboundSettings;
import io.culvert.config.StreamConfig.TransparentMode;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.raw.OriginalDestination;
import io.culvert.transport.tls.ServerNameHandler;
import io.culvert.transport.tls.TlsServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * dokodemo-door (wire-formats section 13): every client goes to the one destination that the operator wrote, or, with
 * {@code followRedirect}, to where it meant to go before the firewall led it here.
 */
public final class DokodemoInbound implements InboundProtocol, DatagramProtocol {
    private final @Nullable Address address;
    private final int port;
    private final UserRef level;
    private final boolean follow;
    private final TransparentMode mode;
    private final int ownPort;

    /**
     * @param ownPort the inbound's port, which the destination has where none is configured
     * @param mode how the firewall leads clients here
     */
    public DokodemoInbound(InboundSettings.Dokodemo settings, int ownPort, TransparentMode mode) {
        this.follow = settings.followRedirect();
        this.address = settings.address() == null && !follow ? Address.parse("127.0.0.1") : settings.address();
        this.port = settings.port() == 0 ? ownPort : settings.port();
        this.level = new UserRef("", settings.userLevel());
        this.mode = mode;
        this.ownPort = ownPort;
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        if (TlsServer.isHandshaking(channel)) {
            // Not before: what the target says first must not leave in the clear, and nobody dials for a stranger.
            Channels.addProtocol(
                    channel, "server-name", new ServerNameHandler(name -> request(channel, handshake, name)));
        } else {
            // The request is known without a byte of the client. It is made once the channel's pipeline stands.
            channel.eventLoop().execute(() -> request(channel, handshake, ServerNameHandler.asked(channel)));
        }
    }

    private void request(Channel channel, Handshake handshake, @Nullable String name) {
        InetSocketAddress original = follow ? OriginalDestination.of(channel, mode, ownPort) : null;
        if (original != null) {
            Address meant = Address.ofIp(original.getAddress().getAddress());
            go(channel, handshake, meant, original.getPort(), TargetOrigin.CLIENT);
        } else if (follow && name != null && Address.isDomain(name)) {
            go(channel, handshake, Address.parse(name), port, TargetOrigin.CLIENT);
        } else {
            asWritten(channel, handshake);
        }
    }

    private void asWritten(Channel channel, Handshake handshake) {
        if (address == null) {
            handshake.refuse(CloseCause.MALFORMED, "no original destination, and none is configured");
        } else {
            go(channel, handshake, address, port, TargetOrigin.OPERATOR);
        }
    }

    private void go(Channel channel, Handshake handshake, Address to, int toPort, TargetOrigin origin) {
        handshake.request(
                channel, new ClientRequest(new Destination(Network.TCP, to, toPort), origin, level, null, null));
    }

    @Override
    public boolean followsRedirects() {
        return follow;
    }

    @Override
    public @Nullable Unwrapped unwrap(InetSocketAddress source, InetSocketAddress sentTo, ByteBuf packet) {
        if (follow && !OriginalDestination.isOwn(sentTo, ownPort)) {
            Address meant = Address.ofIp(sentTo.getAddress().getAddress());
            Destination target = new Destination(Network.UDP, meant, sentTo.getPort());
            return new Unwrapped(target, TargetOrigin.CLIENT, level, sentTo, packet.retainedSlice());
        }
        if (address == null) {
            return null;
        }
        Destination target = new Destination(Network.UDP, address, port);
        return new Unwrapped(target, TargetOrigin.OPERATOR, level, null, packet.retainedSlice());
    }

    @Override
    public ByteBuf wrap(ByteBufAllocator allocator, Destination target, ByteBuf payload) {
        return payload;
    }
}
