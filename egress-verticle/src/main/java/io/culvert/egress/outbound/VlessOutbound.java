package io.culvert.egress.outbound;

import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.VlessAccount;
import io.culvert.config.OutboundSettings.VlessServer;
import io.culvert.egress.dial.Retry;
import io.culvert.egress.dial.StreamDialer;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.UpstreamFaults;
import io.culvert.transport.payload.FirstWriteHandler;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.transport.payload.VlessDatagramHandler;
import io.culvert.wire.Decoded;
import io.culvert.wire.vless.VlessAddons;
import io.culvert.wire.vless.VlessCommand;
import io.culvert.wire.vless.VlessRequestEncoder;
import io.culvert.wire.vless.VlessResponse;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

/** The client side of VLESS version 0 (wire-formats section 4). */
final class VlessOutbound implements Outbound {
    private final Servers<VlessServer> servers;
    private final StreamDialer dialer;

    VlessOutbound(OutboundSettings.Vless settings, StreamDialer dialer) {
        this.servers = new Servers<>(settings.servers(), server -> Servers.name(server.address(), server.port()));
        this.dialer = dialer;
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        return servers.open(order, loop, Retry.PROXY_STEP_MILLIS, server -> {
            Promise<Channel> ready = loop.newPromise();
            dialer.connect(server.address(), server.port(), loop).addListener((Future<Channel> dialled) -> {
                if (dialled.isSuccess()) {
                    prepare(dialled.getNow(), Servers.anyOf(server.users()), order.target());
                    ready.trySuccess(dialled.getNow());
                } else {
                    ready.tryFailure(dialled.cause());
                }
            });
            return ready;
        });
    }

    private static void prepare(Channel channel, VlessAccount account, Destination target) {
        boolean datagrams = target.network() == Network.UDP;
        Channels.opensAtLevel(channel, account.level());
        ByteBuf header = channel.alloc().buffer();
        VlessRequestEncoder.write(
                header, account.id(), VlessAddons.NONE, datagrams ? VlessCommand.UDP : VlessCommand.TCP, target);
        Channels.addProtocol(
                channel, "vless-request", new FirstWriteHandler(header, FirstWriteHandler.CLIENT_WAIT_MILLIS));
        Channels.addProtocol(channel, "vless-response", new ResponseHandler());
        if (datagrams) {
            Channels.addProtocol(channel, VlessDatagramHandler.NAME, new VlessDatagramHandler());
        }
    }

    private static final class ResponseHandler extends HandshakeHandler {
        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            return switch (VlessResponse.read(in)) {
                case Decoded.Complete<VlessResponse> _ -> true;
                case Decoded.NeedMore<VlessResponse> _ -> false;
                case Decoded.Malformed<VlessResponse>(CloseCause _, String why) -> {
                    in.skipBytes(in.readableBytes());
                    UpstreamFaults.tell(ctx, why);
                    yield true;
                }
            };
        }
    }
}
