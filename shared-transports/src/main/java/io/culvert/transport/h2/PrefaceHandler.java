package io.culvert.transport.h2;

import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.wire.h2.FrameBudget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2ServerUpgradeCodec;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells HTTP/2 from HTTP/1.1 by the first bytes of a connection, and makes it the one or the other. */
final class PrefaceHandler extends HandshakeHandler {
    static final String NAME = "h2-preface";

    /** Enough of {@code PRI * HTTP/2.0}: no method of HTTP/1.1 begins so. The codec checks the rest. */
    private static final byte[] PREFACE = "PRI ".getBytes(StandardCharsets.US_ASCII);

    private static final int MAX_REQUEST_LINE = 4 * 1024;
    /** The body of a request that asks for an upgrade. */
    private static final int MAX_UPGRADE_BODY = 1024;

    private final Supplier<ChannelHandler> newRequest;
    private final boolean mayUpgrade;
    private final LongSupplier nanoTime;

    PrefaceHandler(Supplier<ChannelHandler> newRequest, boolean mayUpgrade, LongSupplier nanoTime) {
        this.newRequest = newRequest;
        this.mayUpgrade = mayUpgrade;
        this.nanoTime = nanoTime;
    }

    @Override
    protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
        int seen = Math.min(in.readableBytes(), PREFACE.length);
        for (int i = 0; i < seen; i++) {
            if (in.getByte(in.readerIndex() + i) != PREFACE[i]) {
                speakHttp1(ctx.channel());
                return true;
            }
        }
        if (seen < PREFACE.length) {
            return false;
        }
        Http2Streams.serve(ctx.channel(), newRequest, nanoTime);
        return true;
    }

    /** Nobody is behind this handler yet who would end the connection of a client that has ended its stream. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    private void speakHttp1(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        HttpServerCodec codec =
                new HttpServerCodec(MAX_REQUEST_LINE, Http2Limits.MAX_HEADER_LIST, Http2Limits.MAX_HEADER_LIST);
        pipeline.addLast(codec);
        if (mayUpgrade) {
            pipeline.addLast(new HttpServerUpgradeHandler(codec, this::upgrade, MAX_UPGRADE_BODY));
        }
        pipeline.addLast(Http1RefusalHandler.NAME, new Http1RefusalHandler());
        EarlyBytesHandler.openIn(channel);
    }

    private HttpServerUpgradeHandler.@Nullable UpgradeCodec upgrade(CharSequence protocol) {
        if (!AsciiString.contentEquals(Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, protocol)) {
            return null;
        }
        FrameBudgetHandler budget = new FrameBudgetHandler(FrameBudget.PREFACE_LENGTH, nanoTime);
        Http2FrameCodec codec = Http2Codecs.server(budget);
        return new Http2ServerUpgradeCodec(codec, new Upgraded(codec, budget, newRequest));
    }

    /** Comes behind the codec, before the request that asked for the upgrade becomes the first stream. */
    private static final class Upgraded extends ChannelInitializer<Channel> {
        private final Http2FrameCodec codec;
        private final FrameBudgetHandler budget;
        private final Supplier<ChannelHandler> newRequest;

        Upgraded(Http2FrameCodec codec, FrameBudgetHandler budget, Supplier<ChannelHandler> newRequest) {
            this.codec = codec;
            this.budget = budget;
            this.newRequest = newRequest;
        }

        @Override
        protected void initChannel(Channel channel) {
            ChannelPipeline pipeline = channel.pipeline();
            pipeline.remove(Http1RefusalHandler.NAME);
            pipeline.addBefore(pipeline.context(codec).name(), FrameBudgetHandler.NAME, budget);
            Http2Streams.serveStreams(channel, codec, budget, newRequest);
        }
    }
}
