package io.culvert.egress.outbound;

import io.culvert.config.Account;
import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.DomainStrategy;
import io.culvert.config.OutboundSettings.ProxyServer;
import io.culvert.egress.dial.Dialer;
import io.culvert.egress.dial.Retry;
import io.culvert.egress.dial.StreamDialer;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.KeepAlive;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.wire.Decoded;
import io.culvert.wire.socks.SocksClient;
import io.culvert.wire.socks.SocksDatagrams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** The client side of SOCKS 5 (wire-formats section 11.2). */
final class SocksOutbound implements Outbound {
    private final Servers<ProxyServer> servers;
    private final StreamDialer dialer;
    private final Dialer datagrams;
    private final @Nullable InetAddress sendThrough;

    /** @param sendThrough where associations are used from, as their streams are: servers know a client by its address; or null */
    SocksOutbound(
            OutboundSettings.Socks settings, StreamDialer dialer, Dialer datagrams, @Nullable InetAddress sendThrough) {
        this.servers = new Servers<>(settings.servers(), server -> Servers.name(server.address(), server.port()));
        this.dialer = dialer;
        this.datagrams = datagrams;
        this.sendThrough = sendThrough;
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        return servers.open(order, loop, Retry.STEP_MILLIS, server -> attempt(server, order.target(), loop));
    }

    private Future<Channel> attempt(ProxyServer server, Destination target, EventLoop loop) {
        Promise<Channel> ready = loop.newPromise();
        dialer.connect(server.address(), server.port(), loop).addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                ready.tryFailure(dialled.cause());
                return;
            }
            Channel stream = dialled.getNow();
            Account account = account(server);
            if (account != null) {
                Channels.opensAtLevel(stream, account.level());
            }
            Promise<Destination> bound = loop.newPromise();
            Negotiation.begin(stream, new SocksClient(credentials(account), false, target), bound);
            bound.addListener((Future<Destination> answered) -> {
                if (!answered.isSuccess()) {
                    stream.close();
                    ready.tryFailure(answered.cause());
                } else if (target.network() == Network.TCP) {
                    ready.trySuccess(stream);
                } else {
                    associate(stream, SocksClient.relay(answered.getNow(), server.address()), target, ready);
                }
            });
        });
        return ready;
    }

    private static @Nullable Account account(ProxyServer server) {
        return server.users().isEmpty() ? null : Servers.anyOf(server.users());
    }

    private static SocksClient.@Nullable Credentials credentials(@Nullable Account account) {
        return account == null ? null : new SocksClient.Credentials(account.user(), account.pass());
    }

    /** Opens the UDP socket of an association, and ties it to the stream that keeps the association alive. */
    private void associate(Channel stream, Destination relay, Destination target, Promise<Channel> ready) {
        Dialer.Target to = new Dialer.Target(relay.address(), relay.port(), DomainStrategy.AS_IS, false, sendThrough);
        datagrams.connectUdp(to, stream.eventLoop()).addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess()) {
                stream.close();
                ready.tryFailure(opened.cause());
                return;
            }
            Channel socket = opened.getNow();
            Channels.opensAtLevel(socket, Channels.levelOf(stream));
            if (!stream.isActive()) {
                socket.close();
                ready.tryFailure(new SessionFailure(
                        CloseCause.UPSTREAM_HANDSHAKE_FAILED, "the server ended the association before it was used"));
                return;
            }
            Channels.addProtocol(socket, "socks-datagrams", new DatagramHandler(target));
            stream.pipeline().replace(EarlyBytesHandler.NAME, "socks-association", new EndsAssociation(socket));
            stream.config().setAutoRead(true);
            KeepAlive.probe(stream);
            socket.closeFuture().addListener(closed -> stream.close());
            stream.closeFuture().addListener(closed -> socket.close());
            ready.trySuccess(socket);
        });
    }

    private static final class Negotiation extends UpstreamHandshake<Destination> {
        private final SocksClient client;

        private Negotiation(SocksClient client, Promise<Destination> done) {
            super(done);
            this.client = client;
        }

        static void begin(Channel channel, SocksClient client, Promise<Destination> done) {
            Channels.addProtocol(channel, "socks", new Negotiation(client, done));
        }

        @Override
        protected void start(ByteBuf out) {
            client.start(out);
        }

        @Override
        protected Decoded<Destination> receive(ByteBuf in, ByteBuf out) {
            return client.receive(in, out);
        }
    }

    /** The SOCKS header in front of every datagram. */
    private static final class DatagramHandler extends ChannelDuplexHandler {
        private final Destination target;

        DatagramHandler(Destination target) {
            this.target = target;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf packet = (ByteBuf) message;
            if (SocksDatagrams.readHeader(packet) instanceof Decoded.Complete<Destination>) {
                ctx.fireChannelRead(packet);
            } else {
                packet.release();
            }
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (message == StreamEnd.OUTPUT) {
                ctx.write(message, promise);
                return;
            }
            ByteBuf payload = (ByteBuf) message;
            if (!payload.isReadable()) {
                ctx.write(payload, promise);
                return;
            }
            ByteBuf packet = ctx.alloc().buffer(SocksDatagrams.headerLength(target) + payload.readableBytes());
            SocksDatagrams.writeHeader(packet, target);
            packet.writeBytes(payload);
            payload.release();
            ctx.write(packet, promise);
        }
    }

    /** The stream of an association: what comes on it is discarded, its end is the association's. */
    private static final class EndsAssociation extends ChannelInboundHandlerAdapter {
        private final Channel socket;

        EndsAssociation(Channel socket) {
            this.socket = socket;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == StreamEnd.INPUT) {
                socket.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            socket.close();
        }
    }
}
