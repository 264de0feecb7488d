package io.culvert.ingress.protocol;

import io.culvert.config.InboundConfig;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * dokodemo-door (wire-formats section 13): every client goes to the one destination that the operator wrote, or, with
 * {@code followRedirect}, to where it meant to go before the firewall led it here.
 */
public final class DokodemoInbound implements InboundProtocol, DatagramProtocol {
    private final int ownPort;
    private volatile Settings settings;

    /**
     * @param mode how the firewall leads clients here
     */
    private record Settings(@Nullable Address address, int port, UserRef level, boolean follow, TransparentMode mode) {}

    /**
     * @param inbound a dokodemo inbound
     * @param ownPort its port, which the destination has where none is configured
     */
    public DokodemoInbound(InboundConfig inbound, int ownPort) {
        this.ownPort = ownPort;
        this.settings = settings(inbound, ownPort);
    }

    private static Settings settings(InboundConfig inbound, int ownPort) {
        if (!(inbound.settings() instanceof InboundSettings.Dokodemo dokodemo)) {
            throw new IllegalArgumentException("not a dokodemo inbound");
        }
        boolean follow = dokodemo.followRedirect();
        return new Settings(
                dokodemo.address() == null && !follow ? Address.parse("127.0.0.1") : dokodemo.address(),
                dokodemo.port() == 0 ? ownPort : dokodemo.port(),
                new UserRef("", dokodemo.userLevel()),
                follow,
                inbound.stream().sockopt().transparent());
    }

    @Override
    public Set<UserRef> update(InboundConfig inbound) {
        settings = settings(inbound, ownPort);
        return Set.of();
    }

    /** There are no users, and so none that could be gone. */
    @Override
    public boolean knows(UserRef user) {
        return true;
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        Channels.resetWithProcess(channel);
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
        Settings now = settings;
        InetSocketAddress original = now.follow() ? OriginalDestination.of(channel, now.mode(), ownPort) : null;
        if (original != null) {
            Address meant = Address.ofIp(original.getAddress().getAddress());
            go(channel, handshake, now, new Destination(Network.TCP, meant, original.getPort()), TargetOrigin.CLIENT);
        } else if (now.follow() && name != null && Address.isDomain(name)) {
            Destination meant = new Destination(Network.TCP, Address.parse(name), now.port());
            go(channel, handshake, now, meant, TargetOrigin.CLIENT);
        } else {
            asWritten(channel, handshake, now);
        }
    }

    private static void asWritten(Channel channel, Handshake handshake, Settings now) {
        Address address = now.address();
        if (address == null) {
            handshake.refuse(CloseCause.MALFORMED, "no original destination, and none is configured");
        } else {
            Destination written = new Destination(Network.TCP, address, now.port());
            go(channel, handshake, now, written, TargetOrigin.OPERATOR);
        }
    }

    private static void go(Channel channel, Handshake handshake, Settings now, Destination to, TargetOrigin origin) {
        handshake.request(channel, new ClientRequest(to, origin, now.level(), null, null));
    }

    @Override
    public boolean followsRedirects() {
        return settings.follow();
    }

    @Override
    public @Nullable Unwrapped unwrap(InetSocketAddress source, InetSocketAddress sentTo, ByteBuf packet) {
        Settings now = settings;
        if (now.follow() && !OriginalDestination.isOwn(sentTo, ownPort)) {
            Address meant = Address.ofIp(sentTo.getAddress().getAddress());
            Destination target = new Destination(Network.UDP, meant, sentTo.getPort());
            return new Unwrapped(target, TargetOrigin.CLIENT, now.level(), sentTo, null, packet.retainedSlice());
        }
        Address address = now.address();
        if (address == null) {
            return null;
        }
        Destination target = new Destination(Network.UDP, address, now.port());
        return new Unwrapped(target, TargetOrigin.OPERATOR, now.level(), null, null, packet.retainedSlice());
    }

    @Override
    public ByteBuf wrap(ByteBufAllocator allocator, Destination target, ByteBuf payload) {
        return payload;
    }
}
