package io.culvert.ingress.protocol;

import io.culvert.config.InboundSettings;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.transport.payload.VmessPayloadHandler;
import io.culvert.wire.Decoded;
import io.culvert.wire.vmess.ReplaySet;
import io.culvert.wire.vmess.SessionHistory;
import io.culvert.wire.vmess.VmessAuthenticator;
import io.culvert.wire.vmess.VmessRequest;
import io.culvert.wire.vmess.VmessRequestDecoder;
import io.culvert.wire.vmess.VmessUser;
import io.culvert.wire.vmess.VmessUsers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.List;

/** The server side of VMess (wire-formats section 3). Users, replay filter and history are one for all event loops. */
public final class VmessInbound implements InboundProtocol {
    private final FastThreadLocal<VmessAuthenticator> authenticators;

    public VmessInbound(InboundSettings.Vmess settings) {
        List<VmessUser> known = settings.users().stream()
                .map(user -> new VmessUser(user.id(), user.alterId(), new UserRef(user.email(), user.level())))
                .toList();
        VmessUsers users = VmessUsers.of(known);
        // Legacy headers are looked up in a table that takes its time to fill: not the first client's.
        users.maintain(System.currentTimeMillis() / 1000);
        ReplaySet replays = new ReplaySet();
        SessionHistory history = new SessionHistory();
        this.authenticators = new FastThreadLocal<>() {
            @Override
            protected VmessAuthenticator initialValue() {
                return new VmessAuthenticator(
                        users,
                        replays,
                        history,
                        () -> System.currentTimeMillis() / 1000,
                        settings.disableInsecureEncryption());
            }
        };
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        Channels.addProtocol(
                channel, "vmess", new Handler(handshake, authenticators.get().newDecoder()));
    }

    private static final class Handler extends HandshakeHandler {
        private final Handshake handshake;
        private final VmessRequestDecoder decoder;

        Handler(Handshake handshake, VmessRequestDecoder decoder) {
            this.handshake = handshake;
            this.decoder = decoder;
        }

        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            return switch (decoder.feed(in)) {
                case Decoded.NeedMore<VmessRequest> _ -> false;
                case Decoded.Malformed<VmessRequest>(CloseCause cause, String why) -> {
                    in.skipBytes(in.readableBytes());
                    handshake.hold(cause, why);
                    yield true;
                }
                case Decoded.Complete<VmessRequest>(VmessRequest request) -> {
                    accept(ctx, in, request);
                    yield true;
                }
            };
        }

        private void accept(ChannelHandlerContext ctx, ByteBuf in, VmessRequest request) {
            Destination destination = request.destination();
            if (destination == null) {
                in.skipBytes(in.readableBytes());
                handshake.refuse(CloseCause.UNSUPPORTED, "Mux.Cool is not supported yet");
                return;
            }
            Channels.peerIgnoresResets(ctx.channel());
            Channels.addProtocol(ctx.channel(), VmessPayloadHandler.NAME, VmessPayloadHandler.ofServer(request));
            handshake.request(
                    ctx.channel(), ClientRequest.of(destination, request.user().ref()));
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            decoder.abandon();
            super.channelInactive(ctx);
        }
    }
}
