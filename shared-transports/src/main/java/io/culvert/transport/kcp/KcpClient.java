package io.culvert.transport.kcp;

import io.culvert.config.TransportSettings;
import io.culvert.transport.raw.DialFault;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.wire.kcp.KcpPackets;
import io.culvert.wire.kcp.KcpParameters;
import io.culvert.wire.kcp.KcpSession;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's half of mKCP: a UDP socket for each session. There is no handshake: a session is open at once, and a server that
 * is not there shows by its silence. Immutable; shared by all event loops.
 */
public final class KcpClient {
    private static final Logger LOG = LoggerFactory.getLogger(KcpClient.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MOST_CLOCK = 1 << 30;
    /** As the reference has it: 16 bits are used of it, from a random start. */
    private static final AtomicInteger CONVERSATIONS = new AtomicInteger(RANDOM.nextInt());

    private final TransportSettings.Kcp settings;
    private final SocketOptions options;
    private final KcpParameters parameters;

    /** @param options of the sockets */
    public KcpClient(TransportSettings.Kcp settings, SocketOptions options) {
        this.settings = settings;
        this.options = options;
        this.parameters = KcpSettings.parameters(settings);
    }

    /**
     * Opens a session.
     *
     * @param local the address to send from, or null
     * @return as {@link io.culvert.transport.ClientTransport#open}
     */
    public Future<Channel> open(InetSocketAddress server, @Nullable InetAddress local, EventLoop loop) {
        Promise<Channel> result = loop.newPromise();
        Carrier carrier = new Carrier(server);
        ChannelFuture opened = Sockets.connectUdp(loop, server, local, options, carrier);
        opened.addListener(done -> {
            if (done.isSuccess()) {
                result.trySuccess(carrier.begin());
            } else {
                result.tryFailure(DialFault.of(server, done.cause()));
            }
        });
        return result;
    }

    /** The socket of one session. */
    private final class Carrier extends ChannelInboundHandlerAdapter {
        private final InetSocketAddress server;
        private final KcpPackets packets = KcpSettings.packets(settings, RANDOM);
        private @Nullable KcpSocket socket;
        private @Nullable KcpChannel session;

        Carrier(InetSocketAddress server) {
            this.server = server;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            KcpSocket.configure(ctx.channel());
            socket = new KcpSocket(ctx.channel(), packets);
        }

        KcpChannel begin() {
            KcpSocket made = socket;
            if (made == null) {
                throw new IllegalStateException("not opened");
            }
            KcpSession machine = new KcpSession(
                    parameters,
                    CONVERSATIONS.incrementAndGet() & 0xFFFF,
                    true,
                    RANDOM.nextInt(MOST_CLOCK),
                    made.channel().alloc(),
                    made.now());
            KcpChannel channel =
                    new KcpChannel(made, machine, server, () -> made.channel().close());
            session = channel;
            channel.start();
            made.channel().config().setAutoRead(true);
            channel.work(made.now());
            return channel;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            try {
                int packetBytes = packet.content().readableBytes();
                int length = packets.open(packet.content());
                if (length > 0 && session != null && socket != null) {
                    session.received(packets.incoming(), length, packetBytes, socket.now());
                }
            } finally {
                packet.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (session != null && socket != null) {
                session.work(socket.now());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (session != null) {
                session.terminate();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            if (socket != null) {
                socket.failed(fault);
            }
            if (fault instanceof RuntimeException) {
                LOG.error("fault in an mKCP session", fault);
            } else {
                // An ICMP answer to one datagram says nothing about the next.
                LOG.debug("mKCP: {}", fault.toString());
            }
        }
    }
}
