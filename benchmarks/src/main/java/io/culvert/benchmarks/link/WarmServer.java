package io.culvert.benchmarks.link;

import io.culvert.bus.ControlFormats;
import io.culvert.bus.LinkOrder;
import io.culvert.bus.TicketDesk;
import io.culvert.bus.TicketDesk.Outcome;
import io.culvert.model.DialOrder;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.transport.relay.RelayPump;
import io.culvert.transport.tls.MutualTls;
import io.culvert.wire.Decoded;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;

/** The egress's end of {@link Candidate#SOCKETS}: an order with its length, one byte for an answer, then the session's bytes. */
final class WarmServer {
    /** Says that the destination has been opened. */
    static final int OPENED = 1;

    static final int LENGTH_BYTES = 2;
    static final long HANDSHAKE_MILLIS = 10_000;

    private static final int BACKLOG = 4_096;

    private final MutualTls tls;
    private final TicketDesk tickets;
    private final Outbound egress;

    WarmServer(MutualTls tls, TicketDesk tickets, Outbound egress) {
        this.tls = tls;
        this.tickets = tickets;
        this.egress = egress;
    }

    void listen(InetSocketAddress address, EventLoopGroup loops) {
        new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel socket) {
                        Channels.prepare(socket);
                        tls.install(socket, false, HANDSHAKE_MILLIS);
                        Channels.addProtocol(socket, "ends", new WarmEnds());
                        Channels.addProtocol(socket, "order", new Order());
                    }
                })
                .bind(address)
                .syncUninterruptibly();
    }

    private final class Order extends HandshakeHandler {
        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            if (in.readableBytes() < LENGTH_BYTES) {
                return false;
            }
            int length = in.getUnsignedShort(in.readerIndex());
            if (in.readableBytes() < LENGTH_BYTES + length) {
                return false;
            }
            byte[] bytes = new byte[length];
            in.skipBytes(LENGTH_BYTES).readBytes(bytes);
            if (ControlFormats.LINK_ORDER.decode(bytes) instanceof Decoded.Complete<LinkOrder>(LinkOrder asked)
                    && tickets.take(asked) == Outcome.ACCEPTED) {
                open(ctx.channel(), asked.order());
            } else {
                ctx.close();
            }
            return true;
        }
    }

    private void open(Channel socket, DialOrder order) {
        ReadGate.of(socket).hold(ReadGate.OPENING);
        egress.open(order, socket.eventLoop()).addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess() || !socket.isActive()) {
                socket.close();
                return;
            }
            socket.writeAndFlush(Unpooled.buffer(1).writeByte(OPENED));
            RelayPump.prepare(socket, opened.getNow(), order.target().network(), order.policy(), (_, _, _) -> {})
                    .start();
        });
    }
}
