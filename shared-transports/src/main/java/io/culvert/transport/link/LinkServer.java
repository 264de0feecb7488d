package io.culvert.transport.link;

import io.culvert.bus.TicketDesk;
import io.culvert.model.CloseCause;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.KeepAlive;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.tls.MutualTls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The egress's end of node links: listens for the ingresses of other nodes, opens what their orders say where a router's ticket
 * proves them, and joins each stream with its destination. Safe for all threads; each connection lives on one event loop, its
 * sessions and their destinations with it.
 */
public final class LinkServer {
    private static final Logger LOG = LoggerFactory.getLogger(LinkServer.class);
    private static final int BACKLOG = 1_024;

    private final LinkService service;
    private final Strangers strangers = new Strangers();
    private final Set<LinkConnection> connections = ConcurrentHashMap.newKeySet();
    private volatile @Nullable MutualTls tls;
    private volatile @Nullable Channel listening;
    private volatile boolean closed;

    /**
     * @param tls what connections are protected with, or null for clear text
     * @param tickets takes the tickets of this node
     * @param egress opens what orders say; called on the event loop of the order's connection
     * @param mostSessions the most sessions at once, asked for each
     */
    public LinkServer(@Nullable MutualTls tls, TicketDesk tickets, Outbound egress, IntSupplier mostSessions) {
        this.tls = tls;
        this.service = new LinkService(tickets, egress, mostSessions);
    }

    /**
     * Listens.
     *
     * @param acceptor the loop of the listening socket
     * @param children the loops of the connections
     * @return the bound address; fails with an {@link java.io.IOException}
     */
    public Future<InetSocketAddress> listen(InetSocketAddress address, EventLoop acceptor, EventLoopGroup children) {
        Class<? extends ServerChannel> type =
                Sockets.isEpoll(acceptor) ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        Promise<InetSocketAddress> bound = acceptor.newPromise();
        new ServerBootstrap()
                .group(acceptor, children)
                .channel(type)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, Sockets.accepting())
                .childHandler(new OnAccept())
                .bind(address)
                .addListener((io.netty.channel.ChannelFuture done) -> {
                    if (done.isSuccess()) {
                        listening = done.channel();
                        bound.setSuccess((InetSocketAddress) done.channel().localAddress());
                    } else {
                        bound.setFailure(done.cause());
                    }
                });
        return bound;
    }

    /** Takes new certificates for connections to come; those that stand keep theirs. */
    public void use(MutualTls renewed) {
        tls = renewed;
    }

    /** Refuses new sessions from here on and tells every ingress so; those that are open go on. */
    public void drain() {
        service.drain();
        for (LinkConnection connection : connections) {
            connection.socket().eventLoop().execute(connection::drain);
        }
    }

    /** Ends every session once no payload has moved in it for a time; its ingress is told why. */
    public void endWhenIdle(long nanos, CloseCause cause) {
        service.endWhenIdle(nanos, cause);
    }

    /** Ends every session, whose ingresses are told why; connections stay. */
    public void endSessions(CloseCause cause) {
        service.closeAll(cause);
    }

    /**
     * Ends everything: the listening socket, the sessions that are left, and the connections.
     *
     * @param cause what the sessions end for; their ingresses are told
     * @return completes when the listening socket is closed
     */
    public Future<Void> close(CloseCause cause) {
        closed = true;
        service.drain();
        service.closeAll(cause);
        strangers.endAll();
        for (LinkConnection connection : connections) {
            EventLoop loop = connection.socket().eventLoop();
            // Behind the resets that tell why, which were queued before this.
            loop.execute(() -> connection.socket().close());
        }
        Channel socket = listening;
        if (socket == null) {
            return io.netty.util.concurrent.ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
        }
        return socket.close();
    }

    /** Sessions, opening or open. */
    public int sessions() {
        return service.sessions().size();
    }

    /** What they are, in no order. */
    public List<LinkSessionView> sessionViews() {
        return service.sessions().stream().map(LinkSession::view).toList();
    }

    /** Connections that have shown a valid order and stand. */
    public int connections() {
        return connections.size();
    }

    /** Connections that ended without a valid order: no certificate, too slow, too much, or pushed out by others. */
    public long strangers() {
        return strangers.ended();
    }

    /** Orders refused before anything was dialled, by what their ticket was found to be; ACCEPTED counts the others. */
    public long tickets(TicketDesk.Outcome outcome) {
        return service.tickets(outcome);
    }

    /** Used tickets that are remembered now, of {@link TicketDesk#MAX_REMEMBERED}. */
    public int rememberedTickets() {
        return service.rememberedTickets();
    }

    /** Orders refused for another reason before anything was dialled: malformed, over the limit, draining. */
    public long refused() {
        return service.refused();
    }

    private void accepted(Channel socket) {
        if (closed) {
            Channels.abort(socket);
            return;
        }
        strangers.add(socket);
        socket.eventLoop().schedule(() -> strangers.expire(socket), LinkLimits.CONNECT_MILLIS, TimeUnit.MILLISECONDS);
        MutualTls protection = tls;
        if (protection == null) {
            start(socket, null);
            return;
        }
        protection.install(socket, false, LinkLimits.CONNECT_MILLIS).addListener((Future<List<String>> peer) -> {
            if (peer.isSuccess()) {
                start(socket, peer.getNow());
            } else {
                LOG.debug(
                        "link from {}: {}", socket.remoteAddress(), peer.cause().toString());
                Channels.abort(socket);
            }
        });
    }

    private void start(Channel socket, @Nullable List<String> names) {
        if (!socket.isActive()) {
            return;
        }
        LinkConnection connection = LinkConnection.ofEgress(
                socket, new LinkOrders(service, names == null ? null : List.copyOf(names), this::proven));
        socket.closeFuture().addListener(_ -> connections.remove(connection));
    }

    private void proven(LinkConnection connection) {
        if (!connection.isProven()) {
            connection.prove();
            strangers.remove(connection.socket());
            connections.add(connection);
            if (service.isDraining()) {
                connection.drain();
            }
        }
    }

    /** Waits for the connection to be active, as {@link Channels#prepare} wants it. */
    @ChannelHandler.Sharable
    private final class OnAccept extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            Channel socket = ctx.channel();
            socket.pipeline().remove(this);
            KeepAlive.probe(socket);
            Channels.prepare(socket);
            KeepAlive.giveUpAfter(socket, LinkLimits.UNACKNOWLEDGED_MILLIS);
            accepted(socket);
        }
    }
}
