package io.culvert.benchmarks.link;

import io.culvert.bus.ControlFormats;
import io.culvert.bus.LinkOrder;
import io.culvert.model.CloseCause;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionFailure;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.transport.raw.Sockets;
import io.culvert.transport.tls.MutualTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The ingress's end of {@link Candidate#SOCKETS}: each event loop keeps {@link #WARM} sockets whose handshakes are done, and
 * replaces one as soon as it is taken.
 */
final class WarmSockets implements Outbound {
    /** Sockets that wait on each event loop. */
    static final int WARM = 32;

    private final MutualTls tls;
    private final InetSocketAddress address;
    private final Map<EventLoop, Pool> pools = new HashMap<>();

    WarmSockets(MutualTls tls, EventLoopGroup loops, InetSocketAddress address) {
        this.tls = tls;
        this.address = address;
        for (EventExecutor each : loops) {
            EventLoop loop = (EventLoop) each;
            Pool pool = new Pool(loop);
            pools.put(loop, pool);
            loop.execute(pool::fill);
        }
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        Promise<Channel> opened = loop.newPromise();
        Pool pool = pools.get(loop);
        if (pool == null) {
            return opened.setFailure(new IllegalStateException("a loop of somebody else"));
        }
        byte[] bytes = ControlFormats.LINK_ORDER.encode(LinkOrder.of(order));
        pool.take(new Asked(bytes, opened));
        return opened;
    }

    /** A session that waits for a socket. */
    private static final class Asked {
        private final byte[] order;
        private final Promise<Channel> opened;

        Asked(byte[] order, Promise<Channel> opened) {
            this.order = order;
            this.opened = opened;
        }

        void send(Channel socket) {
            Channels.addProtocol(socket, "answer", new Answer(opened));
            ByteBuf out = socket.alloc().buffer(WarmServer.LENGTH_BYTES + order.length);
            socket.writeAndFlush(out.writeShort(order.length).writeBytes(order));
            socket.read();
        }
    }

    private static final class Answer extends HandshakeHandler {
        private final Promise<Channel> opened;

        Answer(Promise<Channel> opened) {
            this.opened = opened;
        }

        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            if (!in.isReadable()) {
                return false;
            }
            if (in.readByte() == WarmServer.OPENED) {
                opened.trySuccess(ctx.channel());
            }
            return true;
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            super.handlerRemoved(ctx);
            opened.tryFailure(new SessionFailure(CloseCause.LINK_FAILED, "no answer"));
        }
    }

    /** The sockets of one event loop. */
    private final class Pool {
        private final EventLoop loop;
        private final Deque<Channel> warm = new ArrayDeque<>();
        private final Deque<Asked> waiting = new ArrayDeque<>();
        private int making;

        Pool(EventLoop loop) {
            this.loop = loop;
        }

        void fill() {
            while (warm.size() + making < WARM + waiting.size()) {
                making++;
                ChannelFuture dialled = Sockets.connect(loop, address, null);
                dialled.addListener(done -> {
                    if (done.isSuccess()) {
                        shake(dialled.channel());
                    } else {
                        making--;
                    }
                });
            }
        }

        private void shake(Channel socket) {
            tls.install(socket, true, WarmServer.HANDSHAKE_MILLIS).addListener(done -> {
                making--;
                if (!done.isSuccess()) {
                    return;
                }
                Channels.addProtocol(socket, "ends", new WarmEnds());
                Asked next = waiting.poll();
                if (next == null) {
                    warm.add(socket);
                } else {
                    next.send(socket);
                }
            });
        }

        void take(Asked asked) {
            Channel socket = warm.poll();
            while (socket != null && !socket.isActive()) {
                socket = warm.poll();
            }
            if (socket == null) {
                waiting.add(asked);
            } else {
                asked.send(socket);
            }
            fill();
        }
    }
}
