package io.culvert.transport.h2;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.KeepAlive;
import io.culvert.transport.channel.ReadGate;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client's connection to a server, from its dial to its end. Streams that are asked for while it is dialled wait. */
final class PooledConnection {
    @ChannelHandler.Sharable
    private static final class Prepare extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel stream) {
            Http2Streams.prepare(stream);
        }
    }

    private static final ChannelHandler PREPARE = new Prepare();

    private final StreamRequest request;
    private final Consumer<PooledConnection> gone;
    private final Deque<Promise<Channel>> waiting = new ArrayDeque<>();
    private @Nullable Http2Connection connection;
    private @Nullable ConnectionWatch watch;
    private @Nullable Http2StreamChannelBootstrap streamsOf;
    private boolean closed;
    private int streams;

    /** @param gone told when no stream can be opened any more, for good */
    PooledConnection(StreamRequest request, Consumer<PooledConnection> gone) {
        this.request = request;
        this.gone = gone;
    }

    int streams() {
        return streams;
    }

    boolean isLeaving() {
        return closed || (watch != null && watch.leaving());
    }

    /** Whether one more stream may be opened, by both ends' limits. */
    boolean takesStreams() {
        int limit = connection == null
                ? Http2Limits.MAX_STREAMS
                : Math.min(Http2Limits.MAX_STREAMS, connection.local().maxActiveStreams());
        return !isLeaving() && streams < limit;
    }

    /** Whether the peer lets nothing be sent at the moment. */
    boolean isClogged() {
        return connection != null
                && connection.remote().flowController().windowSize(connection.connectionStream()) <= 0;
    }

    void connect(Future<Channel> dialled) {
        dialled.addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                connected(done.getNow());
            } else {
                fail(done.cause());
            }
        });
    }

    private void connected(Channel channel) {
        KeepAlive.probe(channel);
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null && !ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol())) {
            channel.close();
            fail(new SessionFailure(CloseCause.UPSTREAM_HANDSHAKE_FAILED, "TLS: the server does not offer HTTP/2"));
            return;
        }
        FrameBudgetHandler budget = new FrameBudgetHandler(0, System::nanoTime);
        Http2FrameCodec codec = Http2Codecs.client(budget);
        watch = Http2Streams.connect(channel, codec, budget);
        connection = codec.connection();
        streamsOf = new Http2StreamChannelBootstrap(channel)
                .option(ChannelOption.AUTO_READ, false)
                .handler(PREPARE);
        channel.closeFuture().addListener(_ -> fail(lost()));
        ReadGate.of(channel).release(ReadGate.OPENING);
        for (Promise<Channel> next = waiting.poll(); next != null; next = waiting.poll()) {
            start(next);
        }
    }

    static SessionFailure lost() {
        return new SessionFailure(CloseCause.UPSTREAM_HANDSHAKE_FAILED, "HTTP/2: connection lost");
    }

    private void fail(Throwable cause) {
        closed = true;
        gone.accept(this);
        for (Promise<Channel> next = waiting.poll(); next != null; next = waiting.poll()) {
            next.tryFailure(cause);
        }
    }

    /** Opens a stream, now or when the connection stands. */
    void open(Promise<Channel> opened) {
        streams++;
        opened.addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                done.getNow().closeFuture().addListener(_ -> streams--);
            } else {
                streams--;
            }
        });
        if (closed) {
            opened.tryFailure(lost());
        } else if (streamsOf == null) {
            waiting.add(opened);
        } else {
            start(opened);
        }
    }

    private void start(Promise<Channel> opened) {
        if (streamsOf == null || isLeaving()) {
            opened.tryFailure(lost());
            return;
        }
        streamsOf.open().addListener((Future<Http2StreamChannel> made) -> {
            if (made.isSuccess()) {
                send(made.getNow(), opened);
            } else {
                opened.tryFailure(lost());
            }
        });
    }

    private void send(Http2StreamChannel stream, Promise<Channel> opened) {
        ChannelFuture written = stream.writeAndFlush(new DefaultHttp2HeadersFrame(request.headers()));
        written.addListener(sent -> {
            if (!sent.isSuccess()) {
                opened.tryFailure(
                        new SessionFailure(CloseCause.UPSTREAM_HANDSHAKE_FAILED, "HTTP/2: no stream could be opened"));
                stream.close();
            }
        });
        if (!opened.isDone()) {
            stream.pipeline().addLast(new Http2AnswerHandler(request, opened, watch));
        }
    }
}
