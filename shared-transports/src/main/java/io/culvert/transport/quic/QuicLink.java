package io.culvert.transport.quic;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A QUIC connection, of either side: its handshake's deadline, its streams, its end. Owned by the socket's event loop. */
final class QuicLink extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(QuicLink.class);

    /** Told once each: the handshake is over, one way or the other; the connection is gone. */
    interface Listener {
        void settled(QuicLink link);

        void gone(QuicLink link);
    }

    private final QuicChannel channel;
    private final InetSocketAddress peer;
    private final Listener listener;
    private @Nullable Future<?> deadline;
    private boolean settled;
    private boolean expired;
    private int live;
    private int cut;

    QuicLink(QuicChannel channel, InetSocketAddress peer, Listener listener) {
        this.channel = channel;
        this.peer = peer;
        this.listener = listener;
    }

    QuicChannel channel() {
        return channel;
    }

    /** The other side's address as the connection began. */
    InetSocketAddress peer() {
        return peer;
    }

    void streamOpened() {
        live++;
    }

    /** @param clean whether the peer's end has been read, so that Netty forgets the stream */
    void streamClosed(boolean clean) {
        live--;
        if (!clean) {
            cut++;
        }
        if (cut >= QuicLimits.MOST_CUT_STREAMS || (isWornOut() && live == 0)) {
            end();
        }
    }

    /** Whether so many streams were cut that the connection should end when nobody uses it. */
    boolean isWornOut() {
        return cut >= QuicLimits.CUT_STREAMS_UNTIL_IDLE_CLOSE;
    }

    /** Closes the connection and every stream in it; the peer is told. */
    void end() {
        if (channel.isOpen()) {
            channel.close(true, QuicLimits.CUT, Unpooled.EMPTY_BUFFER);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        deadline =
                channel.parent().eventLoop().schedule(this::expire, QuicLimits.HANDSHAKE_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(_ -> {
            settle();
            listener.gone(this);
        });
    }

    /** Whether the handshake's deadline has ended the connection. */
    boolean hasExpired() {
        return expired;
    }

    private void expire() {
        expired = true;
        channel.close();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        settle();
        ctx.fireChannelActive();
    }

    private void settle() {
        if (!settled) {
            settled = true;
            if (deadline != null) {
                deadline.cancel(false);
            }
            listener.settled(this);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        LOG.trace("QUIC with {}: {}", peer, event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        LOG.debug("QUIC with {}: {}", peer, fault.toString());
    }
}
