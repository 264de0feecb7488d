package io.culvert.transport.link;

import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.h2.Http2Streams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of a link, either end: whether the peer lives, and that everything on it ends when it does not. Owned by its
 * event loop.
 */
final class LinkConnection {
    /** What is on a connection, and has to know of its end. */
    interface Member {
        /** The connection is lost, now. */
        void lost();

        /** The peer has not been heard for a while. */
        default void suspected() {}
    }

    private static final Logger LOG = LoggerFactory.getLogger(LinkConnection.class);
    private static final AttributeKey<LinkConnection> KEY = AttributeKey.valueOf(LinkConnection.class, "link");

    private final Channel socket;
    private final Set<Member> members = new LinkedHashSet<>();
    private int strangerBytes;
    private boolean proven;
    private boolean heard;
    private boolean leaving;
    private boolean over;
    private int silentLooks;
    private @Nullable Future<?> looks;

    private LinkConnection(Channel socket) {
        this.socket = socket;
    }

    /**
     * Makes a prepared socket, with its TLS shaken hands, an end of a link.
     *
     * @param newStream makes the handler of each stream that the peer opens, on the egress's end
     */
    static LinkConnection start(Channel socket, boolean server, Supplier<ChannelHandler> newStream) {
        LinkConnection link = new LinkConnection(socket);
        link.proven = !server;
        socket.attr(KEY).set(link);
        socket.pipeline().addLast("link-bytes", link.new Bytes());
        Http2Streams.install(socket, LinkLimits.PROFILE, server, newStream);
        socket.pipeline().addLast("link-events", link.new Events());
        link.looks = socket.eventLoop()
                .scheduleWithFixedDelay(
                        link::look, LinkLimits.LOOK_MILLIS, LinkLimits.LOOK_MILLIS, TimeUnit.MILLISECONDS);
        EarlyBytesHandler.openIn(socket);
        socket.flush();
        return link;
    }

    /** The connection that a stream is on. */
    static LinkConnection of(Channel stream) {
        return stream.parent().attr(KEY).get();
    }

    Channel socket() {
        return socket;
    }

    void add(Member member) {
        members.add(member);
    }

    void remove(Member member) {
        members.remove(member);
    }

    /** Sessions on it, opening or open. */
    int members() {
        return members.size();
    }

    /** The peer has shown a valid order. */
    void prove() {
        proven = true;
    }

    boolean isProven() {
        return proven;
    }

    /** Whether no new session may be put on it. */
    boolean isLeaving() {
        return leaving || over;
    }

    /** Whether the peer has not been heard for a while. */
    boolean isSuspect() {
        return silentLooks >= LinkLimits.SUSPECT_LOOKS;
    }

    /** Tells the peer to open no more streams here; those that are open, or on their way, are answered. */
    void drain() {
        if (!isLeaving()) {
            leaving = true;
            socket.writeAndFlush(
                    new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR).setExtraStreamIds(Integer.MAX_VALUE / 4));
        }
    }

    /** Ends it with everything on it. */
    void end() {
        lose();
        Channels.abort(socket);
    }

    private void lose() {
        if (over) {
            return;
        }
        over = true;
        if (looks != null) {
            looks.cancel(false);
        }
        List<Member> all = new ArrayList<>(members);
        for (Member member : all) {
            member.lost();
        }
    }

    /**
     * Looks are counted, and not the time between them: a process that was stopped itself finds what its peers have sent
     * meanwhile before it has looked twice.
     */
    private void look() {
        silentLooks = heard ? 0 : silentLooks + 1;
        heard = false;
        if (silentLooks >= LinkLimits.DEAD_LOOKS) {
            LOG.info("link with {}: no sign of life", socket.remoteAddress());
            end();
            return;
        }
        if (leaving && members.isEmpty()) {
            socket.close();
            return;
        }
        if (silentLooks > 0) {
            socket.writeAndFlush(new DefaultHttp2PingFrame(silentLooks));
        }
        if (isSuspect()) {
            List<Member> all = new ArrayList<>(members);
            for (Member member : all) {
                member.suspected();
            }
        }
    }

    /** Below the frames: hears everything, and is told of the end before the streams are. */
    private final class Bytes extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            heard = true;
            int length = message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
            ctx.fireChannelRead(message);
            if (!proven) {
                // Behind the reading: an order among these bytes has been judged by now.
                strangerBytes += length;
                if (strangerBytes > LinkLimits.STRANGER_BYTES) {
                    end();
                }
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            lose();
            ctx.fireChannelInactive();
        }
    }

    /** Above the streams: what concerns the connection as a whole. */
    private final class Events extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http2GoAwayFrame) {
                leaving = true;
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            // Everything was for the streams.
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == StreamEnd.INPUT || event instanceof SslCloseCompletionEvent) {
                end();
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
            LOG.debug("link with {}: {}", socket.remoteAddress(), fault.toString());
            if (!(fault instanceof Http2Exception)) {
                end();
            }
        }
    }
}
