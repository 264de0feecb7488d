package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.ingress.protocol.DatagramProtocol;
import io.culvert.ingress.session.ClientSession;
import io.culvert.ingress.session.LiveSession;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionPolicy;
import io.culvert.transport.channel.DroppedDatagrams;
import io.culvert.transport.channel.VertxChannels;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An inbound's UDP port: a session for each pair of client and destination, each a {@link DatagramSession} on the listener's
 * event loop.
 */
final class DatagramListener extends ChannelInboundHandlerAdapter implements OpenListener {
    /** A UDP session without traffic is dropped after this long, whatever the policy allows a stream. */
    static final long MOST_IDLE_MILLIS = 60_000;
    /** The same for DNS: one question, one answer. */
    static final long MOST_IDLE_DNS_MILLIS = 10_000;

    private static final int DNS_PORT = 53;
    private static final Logger LOG = LoggerFactory.getLogger(DatagramListener.class);

    private final Ingress ingress;
    private final Slot slot;
    private final ForeignSockets foreign;
    private final DatagramSessions sessions = new DatagramSessions();
    private final List<DatagramSession> touched = new ArrayList<>();
    private @Nullable Channel socket;
    private boolean draining;

    /** @param inbound the one that the socket is opened for */
    DatagramListener(Ingress ingress, InboundConfig inbound, Slot slot) {
        this.ingress = ingress;
        this.slot = slot;
        this.foreign = new ForeignSockets(new SocketOptions(inbound.stream().sockopt()), this::received, this::handOn);
    }

    /** Binds. */
    Future<Void> listen(EventLoop loop, InboundConfig inbound, boolean followsRedirects, int port) {
        Promise<Void> result = Promise.promise();
        SocketOptions options = new SocketOptions(inbound.stream().sockopt());
        InetSocketAddress local = new InetSocketAddress(ClientFilter.listenAddress(inbound), port);
        ChannelFuture bound = Sockets.bindUdp(
                loop, local, opening -> options.applyToDatagramListener(opening, local, followsRedirects), this);
        bound.addListener(done -> {
            if (done.isSuccess()) {
                socket = bound.channel();
                options.sharePort(socket);
                result.complete();
            } else {
                result.fail(done.cause());
            }
        });
        return result.future();
    }

    @Override
    public @Nullable InetSocketAddress address() {
        return socket == null ? null : (InetSocketAddress) socket.localAddress();
    }

    /** The sessions are in the socket: it stays open until the last has ended, which is soon where nothing moves. */
    @Override
    public Future<Void> shutdown(Duration limit) {
        draining = true;
        closeIfDrained();
        return socket == null
                ? Future.succeededFuture()
                : VertxChannels.future(socket.closeFuture()).mapEmpty();
    }

    private void closeIfDrained() {
        if (draining && sessions.isEmpty() && socket != null) {
            socket.close();
        }
    }

    @Override
    public Future<Void> close() {
        return socket == null
                ? Future.succeededFuture()
                : VertxChannels.future(socket.close()).mapEmpty();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        received(ctx.channel(), (DatagramPacket) message);
    }

    private void received(Channel socket, DatagramPacket packet) {
        try {
            InetSocketAddress source = packet.sender();
            Served served = slot.served();
            DatagramProtocol protocol =
                    served == null ? null : served.protocols().datagrams();
            if (served != null && protocol != null && served.filter().serves(source.getAddress())) {
                DatagramProtocol.Unwrapped datagram = protocol.unwrap(source, packet.recipient(), packet.content());
                if (datagram == null) {
                    DroppedDatagrams.count(DroppedDatagrams.Reason.UNWANTED);
                } else {
                    deliver(socket, served, protocol, source, datagram);
                }
            }
        } finally {
            packet.release();
        }
    }

    private void deliver(
            Channel socket,
            Served served,
            DatagramProtocol protocol,
            InetSocketAddress source,
            DatagramProtocol.Unwrapped datagram) {
        DatagramSessions.Key key = new DatagramSessions.Key(source, datagram.target());
        DatagramSession session = sessions.get(key);
        if (session == null) {
            if (draining) {
                DroppedDatagrams.count(DroppedDatagrams.Reason.DRAINING);
                datagram.payload().release();
                return;
            }
            session = begin(socket, served, protocol, key, datagram);
            if (session == null) {
                DroppedDatagrams.count(DroppedDatagrams.Reason.NO_PLACE);
                datagram.payload().release();
                return;
            }
        }
        if (session.received(datagram.payload())) {
            touched.add(session);
        }
    }

    /** How many sessions the socket may have now. */
    private int most(Served served) {
        int configured = served.inbound().udpSessions();
        IngressLimits limits = ingress.limits();
        return configured == 0 ? limits.datagramSessions() : Math.min(configured, limits.sessions());
    }

    /** A new session, or null where the node takes no more. */
    private @Nullable DatagramSession begin(
            Channel socket,
            Served served,
            DatagramProtocol protocol,
            DatagramSessions.Key key,
            DatagramProtocol.Unwrapped first) {
        DatagramSessions.Source source = sessions.source(key.client(), first.association(), socket.eventLoop());
        ingress.datagramSessionsReplaced().add(sessions.makeRoom(source, most(served)));
        if (!ingress.mayServe()) {
            sessions.forgetIfIdle(source);
            return null;
        }
        InetSocketAddress from = first.answersFrom();
        Channel answers = from == null ? socket : foreign.take(socket, from);
        DatagramSession session = new DatagramSession(
                socket,
                answers,
                key.client(),
                source,
                payload -> protocol.wrap(socket.alloc(), key.target(), payload),
                closed -> {
                    sessions.remove(key, source, closed);
                    if (from != null) {
                        foreign.giveBack(from);
                    }
                    closeIfDrained();
                });
        sessions.add(key, source, session);
        session.start();
        SessionDescriptor descriptor = new SessionDescriptor(
                ingress.nextSessionId(),
                ingress.node(),
                served.inbound().tag(),
                key.client(),
                first.target(),
                first.origin(),
                first.user(),
                null);
        LiveSession live = ClientSession.start(
                ingress,
                session,
                descriptor,
                null,
                policy -> shortened(policy, key.target().port()));
        session.runsAs(live);
        if (first.user() != null && !served.protocols().state().knows(first.user())) {
            live.close(CloseCause.USER_REMOVED);
        }
        return session;
    }

    private static SessionPolicy shortened(SessionPolicy policy, int port) {
        long most = port == DNS_PORT ? MOST_IDLE_DNS_MILLIS : MOST_IDLE_MILLIS;
        return policy.connIdleMillis() <= most
                ? policy
                : new SessionPolicy(most, policy.uplinkOnlyMillis(), policy.downlinkOnlyMillis(), policy.bufferBytes());
    }

    /** The datagrams of one turn go on together: each session's destination is flushed once. */
    private void handOn() {
        for (DatagramSession session : touched) {
            session.handOn();
        }
        touched.clear();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        handOn();
        ctx.flush();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        sessions.all().forEach(DatagramSession::close);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        // A socket that hears everybody also hears of everybody's unreachable ports.
        LOG.debug("UDP inbound {}: {}", ctx.channel().localAddress(), fault.toString());
    }

    /** Makes the answer's datagram of its payload; takes over the payload. */
    interface Wrap {
        ByteBuf wrap(ByteBuf payload);
    }
}
