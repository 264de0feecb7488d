package io.culvert.ingress.listener;

import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.raw.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * UDP sockets that answer clients in the name of the hosts that they meant to reach (wire-formats section 13): one for each
 * destination, for as long as a session needs it. Owned by the event loop of the listening socket.
 */
final class ForeignSockets {
    private static final Logger LOG = LoggerFactory.getLogger(ForeignSockets.class);

    /** Takes over a client's datagram, which has come to a foreign address by itself. */
    interface Received {
        void packet(Channel listening, DatagramPacket packet);
    }

    private static final class Shared {
        private final Channel socket;
        private int users;

        Shared(Channel socket) {
            this.socket = socket;
        }
    }

    private final SocketOptions options;
    private final Received received;
    private final Runnable complete;
    private final Map<InetSocketAddress, Shared> open = new HashMap<>();

    /** @param complete told when a turn's datagrams have been given */
    ForeignSockets(SocketOptions options, Received received, Runnable complete) {
        this.options = options;
        this.received = received;
        this.complete = complete;
    }

    /** The socket that has an address; it is bound before the loop's next task. Each call needs its {@link #giveBack}. */
    Channel take(Channel listening, InetSocketAddress address) {
        Shared shared = open.computeIfAbsent(address, from -> new Shared(bind(listening, from)));
        shared.users++;
        return shared.socket;
    }

    private Channel bind(Channel listening, InetSocketAddress address) {
        ChannelFuture bound =
                Sockets.bindUdp(listening.eventLoop(), address, options::applyToForeignAddress, new Inward(listening));
        bound.addListener(done -> {
            if (!done.isSuccess()) {
                // Sessions to it get no answer, and end by their timers.
                LOG.warn("no answers from {}: {}", address, done.cause().getMessage());
            }
        });
        return bound.channel();
    }

    /** A session with this address has ended. */
    void giveBack(InetSocketAddress address) {
        Shared shared = open.get(address);
        if (shared != null && --shared.users == 0) {
            open.remove(address);
            shared.socket.close();
        }
    }

    /** The firewall may also lead a client's next datagrams to the socket that has their destination's address. */
    private final class Inward extends ChannelInboundHandlerAdapter {
        private final Channel listening;

        Inward(Channel listening) {
            this.listening = listening;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            received.packet(listening, (DatagramPacket) message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            complete.run();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            LOG.debug("UDP socket of a foreign address: {}", fault.toString());
        }
    }
}
