package io.culvert.ingress.protocol;

import io.culvert.config.InboundSettings;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.tls.TlsServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
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
        if (TlsServer.isHandshaking(channel)) {
            // Not before: what the target says first must not leave in the clear, and nobody dials for a stranger.
            Channels.addProtocol(channel, "dokodemo", new AfterTls(handshake));
        } else {
            // The request is in the configuration. It is made once the channel's pipeline stands.
            channel.eventLoop().execute(() -> request(channel, handshake));
        }
    }

    private void request(Channel channel, Handshake handshake) {
        handshake.request(channel, new ClientRequest(target(Network.TCP), TargetOrigin.OPERATOR, level, null, null));
    }

    private final class AfterTls extends ChannelInboundHandlerAdapter {
        private final Handshake handshake;

        AfterTls(Handshake handshake) {
            this.handshake = handshake;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            ctx.fireUserEventTriggered(event);
            if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
                ctx.pipeline().remove(this);
                request(ctx.channel(), handshake);
            }
        }
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
