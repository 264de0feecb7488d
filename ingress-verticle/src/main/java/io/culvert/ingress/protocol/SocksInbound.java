package io.culvert.ingress.protocol;

import io.culvert.config.Account;
import io.culvert.config.InboundConfig;
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
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The server side of SOCKS 4, 4a and 5, with UDP associations (wire-formats section 11.1). */
public final class SocksInbound implements InboundProtocol {
    private final Destination listen;
    private final Associations associations = new Associations();
    private final UserInstances<Account> instances = new UserInstances<>();
    private volatile Settings settings;

    private record Settings(SocksServerOptions<UserRef> options, UserRef anonymous) {}

    /**
     * @param inbound a SOCKS inbound; on a unix socket there is no UDP port beside it
     * @param port the inbound's port
     */
    public SocksInbound(InboundConfig inbound, int port) {
        this.listen = inbound.unixSocket() == null
                ? Destination.tcp(Address.parse(inbound.listen()), port)
                : Destination.tcp(Address.ofIp(new byte[] {127, 0, 0, 1}), 0);
        this.settings = settings(inbound, instances.replace(accounts(inbound)));
    }

    private static InboundSettings.Socks socks(InboundConfig inbound) {
        if (inbound.settings() instanceof InboundSettings.Socks socks) {
            return socks;
        }
        throw new IllegalArgumentException("not a SOCKS inbound");
    }

    private static Map<Account, UserRef> accounts(InboundConfig inbound) {
        return Accounts.of(socks(inbound).accounts(), socks(inbound).userLevel());
    }

    private static Settings settings(InboundConfig inbound, UserInstances.Replaced<Account> users) {
        InboundSettings.Socks socks = socks(inbound);
        SocksServerOptions<UserRef> options = new SocksServerOptions<>(
                socks.password() ? Accounts.table(users.users()) : null,
                socks.udp() && inbound.unixSocket() == null,
                socks.udpAddress() instanceof Address.Ip ip ? ip : null);
        return new Settings(options, Accounts.anonymous(users.users()));
    }

    @Override
    public Set<UserRef> update(InboundConfig inbound) {
        UserInstances.Replaced<Account> users = instances.replace(accounts(inbound));
        settings = settings(inbound, users);
        return users.gone();
    }

    @Override
    public boolean knows(UserRef user) {
        return instances.knows(user);
    }

    /** What serves the inbound's UDP port. */
    public DatagramProtocol datagrams() {
        return new Datagrams();
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        Address.Ip client = Address.ofIp(handshake.peer().getAddress().getAddress());
        Channels.addProtocol(
                channel,
                "socks",
                new Handler(handshake, new SocksServer<>(settings.options(), listenFor(handshake), client)));
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
                associate(ctx, request.destination().port(), request.user());
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
                        UserRef user = request.user() == null ? settings.anonymous() : request.user();
                        handshake.request(ctx.channel(), ClientRequest.of(request.destination(), user));
                    } else {
                        in.skipBytes(in.readableBytes());
                    }
                    yield true;
                }
            };
        }

        private void associate(ChannelHandlerContext ctx, int announcedPort, @Nullable UserRef user) {
            associations.open(
                    handshake.peer().getAddress(),
                    announcedPort,
                    user == null ? settings.anonymous() : user,
                    ctx.channel());
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
            Associations.Association held = associations.of(source);
            if (held == null || !instances.knows(held.user())) {
                return null;
            }
            return SocksDatagrams.readHeader(packet) instanceof Decoded.Complete<Destination>(Destination target)
                    ? new Unwrapped(
                            target, TargetOrigin.CLIENT, held.user(), null, held.stream(), packet.retainedSlice())
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
