package io.culvert.transport.link;

import io.culvert.bus.NodeStatus;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.KeepAlive;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.tls.MutualTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to an egress, from its dial to its end. Sessions that are asked for while it is made wait for it, but not for
 * one that takes long: a machine that is gone refuses nothing.
 */
final class LinkClientConnection {
    private static final Logger LOG = LoggerFactory.getLogger(LinkClientConnection.class);

    private final LinkClientPool.Endpoint endpoint;
    private final LinkClient.Counters counters;
    private final Consumer<LinkClientConnection> gone;
    private final Deque<LinkOpening> waiting = new ArrayDeque<>();
    private @Nullable Channel socket;
    private @Nullable LinkConnection link;
    private @Nullable Future<?> deadline;
    private @Nullable Future<?> doubt;
    private boolean slow;
    private boolean over;
    private int sessions;

    /** @param gone told when nothing can be opened any more, for good */
    LinkClientConnection(
            LinkClientPool.Endpoint endpoint, LinkClient.Counters counters, Consumer<LinkClientConnection> gone) {
        this.endpoint = endpoint;
        this.counters = counters;
        this.gone = gone;
    }

    /** Sessions on it, waiting, opening or open. */
    int sessions() {
        return sessions;
    }

    boolean isLeaving() {
        return over || (link != null && link.isLeaving());
    }

    boolean isSuspect() {
        return !over && (link == null ? slow : link.isSuspect());
    }

    /** Dials. Everything until the first stream can be opened has one deadline. */
    void connect(EventLoop loop, @Nullable MutualTls tls) {
        deadline = loop.schedule(() -> fail("not connected in time"), LinkLimits.CONNECT_MILLIS, TimeUnit.MILLISECONDS);
        doubt = loop.schedule(this::doubt, LinkLimits.SLOW_CONNECT_MILLIS, TimeUnit.MILLISECONDS);
        if (endpoint.address().isUnresolved()) {
            fail("the egress's address is a name");
            return;
        }
        ChannelFuture dialled = Sockets.connect(loop, endpoint.address(), null);
        socket = dialled.channel();
        dialled.addListener(done -> {
            if (over) {
                dialled.channel().close();
            } else if (done.isSuccess()) {
                connected(dialled.channel(), tls);
            } else {
                fail(String.valueOf(done.cause().getMessage()));
            }
        });
    }

    private void connected(Channel channel, @Nullable MutualTls tls) {
        channel.closeFuture().addListener(_ -> fail("connection lost"));
        KeepAlive.probe(channel);
        KeepAlive.giveUpAfter(channel, LinkLimits.UNACKNOWLEDGED_MILLIS);
        if (tls == null) {
            start(channel);
            return;
        }
        tls.install(channel, true, LinkLimits.CONNECT_MILLIS).addListener((Future<List<String>> peer) -> {
            if (!peer.isSuccess()) {
                fail("TLS: " + peer.cause().getMessage());
            } else if (!peer.getNow().contains(nodeName())) {
                fail("TLS: the certificate is of another node");
            } else {
                start(channel);
            }
        });
    }

    private String nodeName() {
        return NodeStatus.nameOf(endpoint.node()).toLowerCase(Locale.ROOT);
    }

    private void start(Channel channel) {
        if (over || !channel.isActive()) {
            return;
        }
        cancelTimers();
        link = LinkConnection.ofIngress(channel);
        ReadGate.of(channel).release(ReadGate.OPENING);
        counters.connections.increment();
        channel.closeFuture().addListener(_ -> counters.connections.decrement());
        for (LinkOpening next = waiting.poll(); next != null; next = waiting.poll()) {
            send(next);
        }
    }

    private void fail(String why) {
        if (over) {
            return;
        }
        over = true;
        cancelTimers();
        counters.lost.increment();
        LOG.info("link to {} at {}: {}", endpoint.node(), endpoint.address(), why);
        gone.accept(this);
        leave(why);
        if (socket != null) {
            Channels.abort(socket);
        }
    }

    private void doubt() {
        slow = true;
        leave("the egress does not answer");
    }

    private void leave(String why) {
        for (LinkOpening next = waiting.poll(); next != null; next = waiting.poll()) {
            next.unreachable(why);
        }
    }

    private void cancelTimers() {
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (doubt != null) {
            doubt.cancel(false);
        }
    }

    /** Opens a session, now or when the connection stands. */
    void open(LinkOpening opening) {
        sessions++;
        opening.opened().addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                done.getNow().closeFuture().addListener(_ -> sessions--);
            } else {
                sessions--;
            }
        });
        if (over) {
            opening.unreachable("connection lost");
        } else if (link != null) {
            send(opening);
        } else if (waiting.size() < LinkLimits.WAITING) {
            waiting.add(opening);
        } else {
            opening.unreachable("too many sessions wait for the egress");
        }
    }

    private void send(LinkOpening opening) {
        LinkConnection connection = link;
        if (connection == null || connection.isLeaving()) {
            opening.unreachable("connection lost");
            return;
        }
        ByteBuf ahead = opening.ahead();
        if (ahead != null) {
            counters.ahead.increment();
        }
        connection.open(opening.order(), new LinkAsk(opening), ahead);
    }

    /** Ends it with everything on it. */
    void close() {
        if (link != null) {
            link.end();
        }
        fail("closed");
    }
}
