package io.culvert.transport.h2;

import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.wire.h2.FrameBudget;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.AttributeKey;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Byte streams on one HTTP/2 connection, whatever the requests say that open them: V2Ray's, gRPC's.
 * Each stream is a channel with its own window that speaks the terms of {@link io.culvert.transport.channel.StreamEnd}.
 */
public final class Http2Streams {
    /** How long a server keeps a connection without streams, in seconds. */
    static final long SERVER_IDLE_SECONDS = 300;
    /** How long a client keeps one: shorter, so that it does not open a stream while the server closes. */
    static final long CLIENT_IDLE_SECONDS = 90;

    private static final String CODEC = "h2-codec";
    private static final String STREAMS = "h2-streams";
    private static final AttributeKey<StreamWindows> WINDOWS = AttributeKey.valueOf(Http2Streams.class, "windows");

    private Http2Streams() {}

    /**
     * Makes a prepared channel, from which the client's preface has not been taken, the server's end of a connection. What
     * its {@link EarlyBytesHandler} keeps is read as frames.
     *
     * @param newRequest makes the handler of each new stream; it meets the request's HEADERS frame and calls {@link #become}
     * @param nanoTime the clock of the frame budget, in nanoseconds
     */
    static void serve(Channel channel, Supplier<ChannelHandler> newRequest, LongSupplier nanoTime) {
        FrameBudgetHandler budget = new FrameBudgetHandler(FrameBudget.PREFACE_LENGTH, nanoTime);
        Http2FrameCodec codec = Http2Codecs.server(budget);
        channel.pipeline().addLast(FrameBudgetHandler.NAME, budget).addLast(CODEC, codec);
        serveStreams(channel, codec, budget, newRequest);
        EarlyBytesHandler.openIn(channel);
    }

    /** The part of {@link #serve} that is left when a codec is in place already: after an upgrade. */
    static void serveStreams(
            Channel channel, Http2FrameCodec codec, FrameBudgetHandler budget, Supplier<ChannelHandler> newRequest) {
        finish(channel, codec, budget, SERVER_IDLE_SECONDS, new NewStream(newRequest));
    }

    /**
     * Makes a prepared channel the client's end of a connection. Streams are opened by Netty's
     * {@code Http2StreamChannelBootstrap} on it; the handler that meets the answer calls {@link #become}.
     *
     * @return what tells whether the connection takes new streams
     */
    static ConnectionWatch connect(Channel channel, Http2FrameCodec codec, FrameBudgetHandler budget) {
        channel.pipeline().addLast(FrameBudgetHandler.NAME, budget).addLast(CODEC, codec);
        ConnectionWatch watch = finish(channel, codec, budget, CLIENT_IDLE_SECONDS, new NoStream());
        EarlyBytesHandler.openIn(channel);
        return watch;
    }

    private static ConnectionWatch finish(
            Channel channel,
            Http2FrameCodec codec,
            FrameBudgetHandler budget,
            long idleSeconds,
            ChannelHandler newStream) {
        ConnectionWatch watch = new ConnectionWatch(codec.connection(), budget, idleSeconds);
        addStreams(channel, codec.connection(), newStream);
        channel.pipeline().addLast(ConnectionWatch.NAME, watch);
        channel.flush();
        return watch;
    }

    private static void addStreams(Channel channel, Http2Connection connection, ChannelHandler newStream) {
        StreamWindows windows = new StreamWindows(connection);
        channel.attr(WINDOWS).set(windows);
        Channels.limitQueue(channel, Http2Limits.SOCKET_QUEUE);
        channel.pipeline().addLast(STREAMS, new Http2MultiplexHandler(newStream));
        windows.open();
    }

    /** The receive window of a stream, to be asked for once; its lowest handler says what its readers take. */
    static StreamWindows.Window windowOf(Channel stream) {
        StreamWindows windows = stream.parent().attr(WINDOWS).get();
        if (windows == null) {
            throw new IllegalStateException("not a stream of a connection made here");
        }
        return windows.grant();
    }

    /**
     * Makes a stream whose request and answer are settled a byte stream: its handlers are added, {@link EarlyBytesHandler} last.
     *
     * @param server whether the peer opened it
     * @param trailers the header fields that end the output, or null for none
     */
    public static void become(Channel stream, boolean server, @Nullable Http2Headers trailers) {
        Http2StreamHandler handler = new Http2StreamHandler(server, windowOf(stream), trailers);
        ChannelPipeline pipeline = stream.pipeline();
        pipeline.addLast(Http2StreamHandler.NAME, handler);
        pipeline.addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
    }

    /** Tells the handlers of a stream that its peer has ended it with its HEADERS already. */
    public static void inputEnded(Channel stream) {
        ChannelHandlerContext ctx = stream.pipeline().context(Http2StreamHandler.NAME);
        if (ctx != null) {
            ((Http2StreamHandler) ctx.handler()).endInput(ctx);
        }
    }

    /** What every stream has before its request is read. */
    static void prepare(Channel stream) {
        stream.config().setAllocator(PooledByteBufAllocator.DEFAULT).setRecvByteBufAllocator(new StreamReads());
    }

    @ChannelHandler.Sharable
    private static final class NewStream extends ChannelInitializer<Channel> {
        private final Supplier<ChannelHandler> newRequest;

        NewStream(Supplier<ChannelHandler> newRequest) {
            this.newRequest = newRequest;
        }

        @Override
        protected void initChannel(Channel stream) {
            prepare(stream);
            stream.pipeline().addLast(newRequest.get());
        }
    }

    /** A server opens no streams: push is off. */
    @ChannelHandler.Sharable
    private static final class NoStream extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel stream) {
            stream.close();
        }
    }
}
