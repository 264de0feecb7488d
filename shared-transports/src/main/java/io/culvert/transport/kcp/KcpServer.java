package io.culvert.transport.kcp;

import io.culvert.config.TransportSettings;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.ServerTransport;
import io.culvert.transport.channel.PeerProof;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.culvert.wire.kcp.KcpPackets;
import io.culvert.wire.kcp.KcpParameters;
import io.culvert.wire.kcp.KcpSegments;
import io.culvert.wire.kcp.KcpSession;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's half of mKCP: one UDP socket, on it a session for each source address, port and conversation (wire-formats section
 * 16.5). Unlike the reference, only data near the start of a conversation makes a session.
 */
public final class KcpServer implements ServerTransport {
    private static final Logger LOG = LoggerFactory.getLogger(KcpServer.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MOST_CLOCK = 1 << 30;

    private record Key(InetSocketAddress source, int conversation) {}

    private final TransportSettings.Kcp settings;
    private final SocketOptions options;
    private final KcpParameters parameters;
    private final int mostHalfOpen;
    private final LongAdder overLimit;
    private @Nullable Listener listener;

    /**
     * A server that listens once.
     *
     * @param options of the socket
     * @param mostHalfOpen sessions whose peers have not shown that they are where their packets seem to come from
     * @param overLimit counts those that found no place, or lost theirs to a newer one
     */
    public KcpServer(TransportSettings.Kcp settings, SocketOptions options, int mostHalfOpen, LongAdder overLimit) {
        this.settings = settings;
        this.options = options;
        this.mostHalfOpen = mostHalfOpen;
        this.overLimit = overLimit;
        this.parameters = KcpSettings.parameters(settings);
    }

    @Override
    public Future<InetSocketAddress> listen(EventLoop loop, InetSocketAddress address, ServerLayer.Accepted next) {
        Promise<InetSocketAddress> result = loop.newPromise();
        Listener made = new Listener(next);
        listener = made;
        ChannelFuture bound = Sockets.bindUdp(loop, address, options::applyToDatagrams, made);
        bound.addListener(done -> {
            if (done.isSuccess()) {
                result.trySuccess((InetSocketAddress) bound.channel().localAddress());
            } else {
                result.tryFailure(done.cause());
            }
        });
        return result;
    }

    @Override
    public Future<Void> shutdown(Duration limit) {
        Listener made = listener;
        if (made == null) {
            throw new IllegalStateException("not listening");
        }
        return made.shutdown(limit);
    }

    /** One socket. Owned by its event loop. */
    private final class Listener extends ChannelInboundHandlerAdapter {
        private final ServerLayer.Accepted next;
        private final KcpPackets packets = KcpSettings.packets(settings, RANDOM);
        private final Map<Key, KcpChannel> sessions = new HashMap<>();
        private final HalfOpenSessions halfOpen = new HalfOpenSessions(mostHalfOpen, overLimit);
        private final List<KcpChannel> touched = new ArrayList<>();
        private @Nullable KcpSocket socket;
        private @Nullable Promise<Void> drained;
        private @Nullable Key lastKey;
        private @Nullable KcpChannel last;

        Listener(ServerLayer.Accepted next) {
            this.next = next;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            KcpSocket.configure(ctx.channel());
            socket = new KcpSocket(ctx.channel(), packets);
        }

        private KcpSocket socket() {
            KcpSocket made = socket;
            if (made == null) {
                throw new IllegalStateException("not listening");
            }
            return made;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            try {
                int packetBytes = packet.content().readableBytes();
                int length = packets.open(packet.content());
                if (length > 0) {
                    received(packet.sender(), length, packetBytes);
                }
            } finally {
                packet.release();
            }
        }

        private void received(InetSocketAddress source, int length, int packetBytes) {
            byte[] segments = packets.incoming();
            int conversation = KcpSegments.conversation(segments, length);
            KcpChannel session = find(source, conversation);
            if (session == null) {
                int within = KcpSession.HALF_OPEN_SEGMENTS;
                if (KcpSegments.opening(segments, length, within) < 0 || drained != null) {
                    return;
                }
                session = begin(source, conversation);
                if (session == null) {
                    return;
                }
            }
            session.received(segments, length, packetBytes, socket().now());
            if (session.session().isConfirmed()) {
                halfOpen.left(session);
            }
            if (session.touch()) {
                touched.add(session);
            }
        }

        private @Nullable KcpChannel find(InetSocketAddress source, int conversation) {
            Key key = lastKey;
            if (key == null || key.conversation != conversation || !key.source.equals(source)) {
                key = new Key(source, conversation);
                lastKey = key;
                last = sessions.get(key);
            }
            return last;
        }

        private @Nullable KcpChannel begin(InetSocketAddress source, int conversation) {
            if (!halfOpen.mayEnter(source.getAddress())) {
                // Not told so: a client that is there sends its first segment again.
                return null;
            }
            Key key = new Key(source, conversation);
            KcpSession session = new KcpSession(
                    parameters,
                    conversation,
                    false,
                    RANDOM.nextInt(MOST_CLOCK),
                    socket().channel().alloc(),
                    socket().now());
            KcpChannel channel = new KcpChannel(socket(), session, source, () -> forget(key));
            sessions.put(key, channel);
            lastKey = null;
            channel.start();
            halfOpen.entered(channel, source.getAddress());
            PeerProof.await(channel, () -> {
                session.confirm();
                halfOpen.left(channel);
            });
            channel.config().setAutoRead(true);
            next.accepted(channel);
            if (!channel.isOpen()) {
                // Refused: it is owed no answer, and holds no place.
                channel.terminate();
                return null;
            }
            return channel;
        }

        private void forget(Key key) {
            KcpChannel gone = sessions.remove(key);
            lastKey = null;
            if (gone != null) {
                halfOpen.left(gone);
            }
            if (drained != null && sessions.isEmpty()) {
                socket().channel().close();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            long now = socket().now();
            for (int i = 0; i < touched.size(); i++) {
                touched.get(i).untouch();
                touched.get(i).work(now);
            }
            touched.clear();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            new ArrayList<>(sessions.values()).forEach(KcpChannel::terminate);
            if (drained != null) {
                drained.trySuccess(null);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            socket().failed(fault);
            if (fault instanceof RuntimeException) {
                LOG.error("fault in an mKCP listener", fault);
            } else {
                // A socket that hears everybody also hears of everybody's unreachable ports.
                LOG.debug("mKCP listener: {}", fault.toString());
            }
        }

        Future<Void> shutdown(Duration limit) {
            Channel channel = socket().channel();
            Promise<Void> result = channel.eventLoop().newPromise();
            channel.eventLoop().execute(() -> {
                drained = result;
                if (!channel.isOpen()) {
                    result.trySuccess(null);
                } else if (sessions.isEmpty() || limit.isZero()) {
                    channel.close();
                } else {
                    channel.eventLoop().schedule(() -> channel.close(), limit.toMillis(), TimeUnit.MILLISECONDS);
                }
            });
            return result;
        }
    }
}
