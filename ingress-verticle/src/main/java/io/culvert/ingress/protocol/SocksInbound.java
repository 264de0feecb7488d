package io.culvert.ingress.protocol;

import io.culvert.config.Account;
import io.culvert.config.InboundSettings;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.wire.Decoded;
import io.culvert.wire.PasswordTable;
import io.culvert.wire.socks.SocksDatagrams;
import io.culvert.wire.socks.SocksRequest;
import io.culvert.wire.socks.SocksServer;
import io.culvert.wire.socks.SocksServerOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The server side of SOCKS 4, 4a and 5, with UDP associations (wire-formats section 11.1). */
public final class SocksInbound implements InboundProtocol {
    private final SocksServerOptions<UserRef> options;
    private final Destination listen;
    private final UserRef anonymous;
    private final Associations associations = new Associations();

    /**
     * @param listenHost the inbound's listen address
     * @param port the inbound's port
     */
    public SocksInbound(InboundSettings.Socks settings, String listenHost, int port) {
        this(settings, settings.udp(), Destination.tcp(Address.parse(listenHost), port));
    }

    private SocksInbound(InboundSettings.Socks settings, boolean udp, Destination listen) {
        Map<String, PasswordTable.Account<UserRef>> accounts = new HashMap<>();
        for (Account account : settings.accounts()) {
            accounts.put(
                    account.user(),
                    new PasswordTable.Account<>(account.pass(), new UserRef(account.user(), settings.userLevel())));
        }
        this.options = new SocksServerOptions<>(
                settings.password() ? PasswordTable.of(accounts, new SecureRandom()) : null,
                udp,
                settings.udpAddress() instanceof Address.Ip ip ? ip : null);
        this.listen = listen;
        this.anonymous = new UserRef("", settings.userLevel());
    }

    /** The server on a unix socket, beside which there is no UDP port. */
    static SocksInbound withoutDatagrams(InboundSettings.Socks settings) {
        return new SocksInbound(settings, false, Destination.tcp(Address.ofIp(new byte[] {127, 0, 0, 1}), 0));
    }

    /** What serves the inbound's UDP port. */
    public DatagramProtocol datagrams() {
        return new Datagrams();
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        Address.Ip client = Address.ofIp(handshake.peer().getAddress().getAddress());
        Channels.addProtocol(
                channel, "socks", new Handler(handshake, new SocksServer<>(options, listenFor(handshake), client)));
    }

    /** A client of a wildcard listener is told the address that it reached, which it can use. */
    private Destination listenFor(Handshake handshake) {
        boolean anywhere = listen.address() instanceof Address.Ip(InetAddress ip) && ip.isAnyLocalAddress();
        return anywhere
                ? Destination.tcp(Address.ofIp(handshake.local().getAddress().getAddress()), listen.port())
                : listen;
    }

    private final class Handler extends HandshakeHandler {
        private final Handshake handshake;
        private final SocksServer<UserRef> server;

        Handler(Handshake handshake, SocksServer<UserRef> server) {
            this.handshake = handshake;
            this.server = server;
        }

        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            ByteBuf out = ctx.alloc().buffer();
            Decoded<SocksRequest<UserRef>> result = server.receive(in, out);
            if (result instanceof Decoded.Complete<SocksRequest<UserRef>>(SocksRequest<UserRef> request)
                    && !request.isConnect()) {
                // Before the answer is out: another event loop takes the datagrams, and the client waits for nothing
                // else.
                associate(ctx, request.user());
            }
            if (out.isReadable()) {
                ctx.writeAndFlush(out);
            } else {
                out.release();
            }
            return switch (result) {
                case Decoded.NeedMore<SocksRequest<UserRef>> _ -> false;
                case Decoded.Malformed<SocksRequest<UserRef>>(CloseCause cause, String why) -> {
                    in.skipBytes(in.readableBytes());
                    handshake.refuse(cause, why);
                    yield true;
                }
                case Decoded.Complete<SocksRequest<UserRef>>(SocksRequest<UserRef> request) -> {
                    if (request.isConnect()) {
                        UserRef user = request.user() == null ? anonymous : request.user();
                        handshake.request(ctx.channel(), ClientRequest.of(request.destination(), user));
                    } else {
                        in.skipBytes(in.readableBytes());
                    }
                    yield true;
                }
            };
        }

        private void associate(ChannelHandlerContext ctx, @Nullable UserRef user) {
            associations.open(handshake.peer().getAddress(), user == null ? anonymous : user, ctx.channel());
            Channels.addProtocol(ctx.channel(), "socks-association", new KeepsAssociation());
            handshake.settled();
        }
    }

    /** The stream of an association: read and discarded until the client ends it. */
    private static final class KeepsAssociation extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == StreamEnd.INPUT) {
                ctx.channel().close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            ctx.channel().close();
        }
    }

    /** Datagrams are taken from hosts that hold an association, for as long as they hold it (reliability section 2a.10). */
    private final class Datagrams implements DatagramProtocol {
        @Override
        public @Nullable Unwrapped unwrap(InetSocketAddress source, InetSocketAddress sentTo, ByteBuf packet) {
            UserRef user = associations.userOf(source.getAddress());
            if (user == null) {
                return null;
            }
            return SocksDatagrams.readHeader(packet) instanceof Decoded.Complete<Destination>(Destination target)
                    ? new Unwrapped(target, TargetOrigin.CLIENT, user, null, packet.retainedSlice())
                    : null;
        }

        @Override
        public ByteBuf wrap(ByteBufAllocator allocator, Destination target, ByteBuf payload) {
            ByteBuf packet = allocator.buffer(SocksDatagrams.headerLength(target) + payload.readableBytes());
            SocksDatagrams.writeHeader(packet, target);
            packet.writeBytes(payload);
            payload.release();
            return packet;
        }
    }
}
