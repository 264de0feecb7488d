package io.culvert.transport.h2;

import io.culvert.transport.channel.StreamEnd;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last handler of a connection. Closes it when it has carried no stream for a while, and when the peer answers no PING
 * although streams are open; a connection that takes no new streams closes with its last one.
 */
final class ConnectionWatch extends ChannelInboundHandlerAdapter {
    static final String NAME = "h2-watch";

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionWatch.class);

    /** How often a connection is looked at. */
    private static final long LOOK_SECONDS = 10;
    /** Looks without a byte from the peer before it is asked for one. */
    private static final int SILENT_LOOKS = 3;

    private final Http2Connection connection;
    private final FrameBudgetHandler traffic;
    private final int idleLooks;
    private final RefusalWait refusals = new RefusalWait();
    private boolean leaving;
    private int unused;
    private int silent;
    private @Nullable Future<?> timer;

    /** @param idleSeconds how long a connection without streams is kept */
    ConnectionWatch(Http2Connection connection, FrameBudgetHandler traffic, long idleSeconds) {
        this.connection = connection;
        this.traffic = traffic;
        this.idleLooks = (int) Math.max(1, idleSeconds / LOOK_SECONDS);
    }

    /** Whether no new stream may be opened: the peer has said GOAWAY, or {@link #retire} was called. */
    boolean leaving() {
        return leaving;
    }

    RefusalWait refusals() {
        return refusals;
    }

    /** Lets the streams that are open end, and the connection with them. */
    void retire() {
        leaving = true;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timer = ctx.executor().scheduleAtFixedRate(() -> look(ctx), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    private void look(ChannelHandlerContext ctx) {
        boolean heard = traffic.takeHeard();
        if (connection.numActiveStreams() == 0) {
            silent = 0;
            unused++;
            if (leaving || unused > idleLooks) {
                end(ctx);
            }
            return;
        }
        unused = 0;
        silent = heard ? 0 : silent + 1;
        if (silent == SILENT_LOOKS) {
            ctx.channel().writeAndFlush(new DefaultHttp2PingFrame(System.nanoTime()));
        } else if (silent > SILENT_LOOKS) {
            LOG.debug("no answer to PING, connection closes");
            end(ctx);
        }
    }

    /** Closes it; until that is done no stream may be opened either. */
    private void end(ChannelHandlerContext ctx) {
        leaving = true;
        ctx.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof Http2GoAwayFrame) {
            leaving = true;
        } else if (message instanceof Http2PingFrame ping && ping.ack()) {
            refusals.answered(ctx.channel(), ping.content());
        }
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // Everything was for the streams.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            // HTTP/2 has no half-closed connections.
            end(ctx);
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        if (isOurs(fault)) {
            LOG.error("an HTTP/2 connection ends with all its streams", fault);
        } else {
            LOG.debug("HTTP/2 connection: {}", fault.toString());
        }
        if (!(fault instanceof Http2Exception)) {
            end(ctx);
        }
    }

    /** Whether something is wrong with this program, and not with the peer or the network. */
    private static boolean isOurs(Throwable fault) {
        return fault instanceof Http2Exception named
                ? named.error() == Http2Error.INTERNAL_ERROR
                : fault instanceof RuntimeException;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        stop();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stop();
    }

    private void stop() {
        leaving = true;
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
