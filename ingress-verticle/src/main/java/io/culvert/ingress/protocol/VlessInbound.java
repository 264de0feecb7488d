package io.culvert.ingress.protocol;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.model.CloseCause;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.payload.FirstWriteHandler;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.transport.payload.VlessDatagramHandler;
import io.culvert.wire.Decoded;
import io.culvert.wire.vless.VlessCommand;
import io.culvert.wire.vless.VlessRequest;
import io.culvert.wire.vless.VlessRequestDecoder;
import io.culvert.wire.vless.VlessResponse;
import io.culvert.wire.vless.VlessUsers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The server side of VLESS version 0 (wire-formats section 4). */
public final class VlessInbound implements InboundProtocol {
    private static final int RESPONSE_LENGTH = 2;

    private final UserInstances<UUID> instances = new UserInstances<>();
    private volatile VlessUsers<UserRef> users;

    /** @param inbound a VLESS inbound */
    public VlessInbound(InboundConfig inbound) {
        this.users = users(instances.replace(byId(inbound)));
    }

    private static Map<UUID, UserRef> byId(InboundConfig inbound) {
        Map<UUID, UserRef> byId = new HashMap<>();
        if (inbound.settings() instanceof InboundSettings.Vless settings) {
            for (InboundSettings.VlessUser user : settings.users()) {
                byId.put(user.id(), new UserRef(user.email(), user.level()));
            }
        }
        return byId;
    }

    private static VlessUsers<UserRef> users(UserInstances.Replaced<UUID> replaced) {
        return VlessUsers.of(replaced.users(), new SecureRandom());
    }

    @Override
    public Set<UserRef> update(InboundConfig inbound) {
        UserInstances.Replaced<UUID> replaced = instances.replace(byId(inbound));
        users = users(replaced);
        return replaced.gone();
    }

    @Override
    public boolean knows(UserRef user) {
        return instances.knows(user);
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        Channels.addProtocol(channel, "vless", new Handler(handshake));
    }

    private final class Handler extends HandshakeHandler {
        private final Handshake handshake;
        private final VlessRequestDecoder<UserRef> decoder = new VlessRequestDecoder<>(users);

        Handler(Handshake handshake) {
            this.handshake = handshake;
        }

        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            return switch (decoder.decode(in)) {
                case Decoded.NeedMore<VlessRequest<UserRef>> _ -> false;
                case Decoded.Malformed<VlessRequest<UserRef>>(CloseCause cause, String why) -> {
                    in.skipBytes(in.readableBytes());
                    handshake.hold(cause, why);
                    yield true;
                }
                case Decoded.Complete<VlessRequest<UserRef>>(VlessRequest<UserRef> request) -> {
                    accept(ctx, in, request);
                    yield true;
                }
            };
        }

        private void accept(ChannelHandlerContext ctx, ByteBuf in, VlessRequest<UserRef> request) {
            if (request.command() == VlessCommand.MUX) {
                in.skipBytes(in.readableBytes());
                handshake.refuse(CloseCause.UNSUPPORTED, "Mux.Cool is not supported yet");
                return;
            }
            Channels.peerIgnoresResets(ctx.channel());
            ByteBuf response = ctx.alloc().buffer(RESPONSE_LENGTH);
            VlessResponse.write(response);
            Channels.addProtocol(
                    ctx.channel(), "vless-response", new FirstWriteHandler(response, FirstWriteHandler.SERVER_WAIT));
            if (request.command() == VlessCommand.UDP) {
                Channels.addProtocol(ctx.channel(), VlessDatagramHandler.NAME, new VlessDatagramHandler());
            }
            handshake.request(ctx.channel(), ClientRequest.of(request.destination(), request.user()));
        }
    }
}
