package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.ingress.protocol.DatagramProtocol;
import io.culvert.ingress.session.ClientSession;
import io.culvert.model.Destination;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An inbound's UDP port: a session for each pair of client and destination, each a {@link DatagramSession} on the listener's
 * event loop.
 */
final class DatagramListener extends ChannelInboundHandlerAdapter {
    /** A UDP session without traffic is dropped after this long, whatever the policy allows a stream. */
    static final long MOST_IDLE_MILLIS = 60_000;
    /** The same for DNS: one question, one answer. */
    static final long MOST_IDLE_DNS_MILLIS = 10_000;

    private static final int DNS_PORT = 53;
    private static final Logger LOG = LoggerFactory.getLogger(DatagramListener.class);

    private record Key(InetSocketAddress source, Destination target) {}

    private final Ingress ingress;
    private final InboundConfig inbound;
    private final DatagramProtocol protocol;
    private final ClientFilter filter;
    private final ForeignSockets foreign;
    private final Map<Key, DatagramSession> sessions = new HashMap<>();
    private volatile boolean accepting = true;
    private final LongAdder dropped = new LongAdder();

    DatagramListener(Ingress ingress, InboundConfig inbound, DatagramProtocol protocol) {
        this.ingress = ingress;
        this.inbound = inbound;
        this.protocol = protocol;
        this.filter = ClientFilter.of(inbound);
        this.foreign = new ForeignSockets(new SocketOptions(inbound.stream().sockopt()), this::received);
    }

    /** Takes no new sessions; those that are open stay. Any thread. */
    void stopAccepting() {
        accepting = false;
    }

    /** Binds; completes with the bound socket. */
    Future<Channel> listen(EventLoop loop, int port) {
        Promise<Channel> result = Promise.promise();
        SocketOptions options = new SocketOptions(inbound.stream().sockopt());
        ChannelFuture bound = Sockets.bindUdp(
                loop,
                new InetSocketAddress(ClientFilter.listenAddress(inbound), port),
                socket -> options.applyToDatagramListener(socket, protocol.followsRedirects()),
                this);
        bound.addListener(done -> {
            if (done.isSuccess()) {
                result.complete(bound.channel());
            } else {
                result.fail(done.cause());
            }
        });
        return result.future();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        received(ctx.channel(), (DatagramPacket) message);
    }

    private void received(Channel socket, DatagramPacket packet) {
        try {
            InetSocketAddress source = packet.sender();
            if (filter.serves(source.getAddress())) {
                DatagramProtocol.Unwrapped datagram = protocol.unwrap(source, packet.recipient(), packet.content());
                if (datagram != null) {
                    deliver(socket, source, datagram);
                }
            }
        } finally {
            packet.release();
        }
    }

    private void deliver(Channel socket, InetSocketAddress source, DatagramProtocol.Unwrapped datagram) {
        Key key = new Key(source, datagram.target());
        DatagramSession session = sessions.get(key);
        if (session == null) {
            if (!accepting || sessions.size() >= ingress.limits().datagramSessions() || !ingress.mayAccept()) {
                dropped.increment();
                datagram.payload().release();
                return;
            }
            session = begin(socket, key, datagram);
        }
        session.received(datagram.payload());
    }

    private DatagramSession begin(Channel socket, Key key, DatagramProtocol.Unwrapped first) {
        InetSocketAddress from = first.answersFrom();
        Channel answers = from == null ? socket : foreign.take(socket, from);
        DatagramSession session = new DatagramSession(
                socket, answers, key.source, payload -> protocol.wrap(socket.alloc(), key.target, payload), () -> {
                    sessions.remove(key);
                    if (from != null) {
                        foreign.giveBack(from);
                    }
                });
        sessions.put(key, session);
        session.start();
        SessionDescriptor descriptor = new SessionDescriptor(
                ingress.nextSessionId(),
                ingress.node(),
                inbound.tag(),
                key.source,
                first.target(),
                first.origin(),
                first.user(),
                null);
        ClientSession.start(ingress, session, descriptor, null, policy -> shortened(policy, key.target.port()));
        return session;
    }

    private static SessionPolicy shortened(SessionPolicy policy, int port) {
        long most = port == DNS_PORT ? MOST_IDLE_DNS_MILLIS : MOST_IDLE_MILLIS;
        return policy.connIdleMillis() <= most
                ? policy
                : new SessionPolicy(most, policy.uplinkOnlyMillis(), policy.downlinkOnlyMillis(), policy.bufferBytes());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        List<DatagramSession> open = new ArrayList<>(sessions.values());
        open.forEach(DatagramSession::close);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        // A socket that hears everybody also hears of everybody's unreachable ports.
        LOG.debug("UDP inbound [{}]: {}", inbound.tag(), fault.toString());
    }

    /** Makes the answer's datagram of its payload; takes over the payload. */
    interface Wrap {
        ByteBuf wrap(ByteBuf payload);
    }
}
