package io.culvert.transport.h2;

import io.culvert.transport.ServerLayer;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.wire.http.ForwardedFor;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stream until its request has been judged: answers at once, since a 4.34 client sends nothing before the answer. */
final class Http2RequestHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Http2RequestHandler.class);
    private static final String FORWARDED_FOR = ForwardedFor.FIELD.toLowerCase(Locale.ROOT);

    private final StreamService service;
    private final ServerLayer.Accepted next;
    private boolean judged;

    Http2RequestHandler(StreamService service, ServerLayer.Accepted next) {
        this.service = service;
        this.next = next;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (judged || !(message instanceof Http2HeadersFrame request)) {
            ReferenceCountUtil.release(message);
            return;
        }
        judged = true;
        Http2Headers answer = service.answer(request.headers());
        if (answer == null) {
            refuse(ctx, request.isEndStream());
        } else {
            accept(ctx, request, answer);
        }
    }

    private static void refuse(ChannelHandlerContext ctx, boolean inputEnded) {
        Http2Headers notFound = new DefaultHttp2Headers().status("404").set("content-length", "0");
        ctx.writeAndFlush(new DefaultHttp2HeadersFrame(notFound, true)).addListener(_ -> {
            if (!inputEnded) {
                // The answer is whole, and the request's body is not wanted.
                ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR), ctx.voidPromise());
            }
        });
    }

    private void accept(ChannelHandlerContext ctx, Http2HeadersFrame request, Http2Headers answer) {
        Channel stream = ctx.channel();
        ctx.writeAndFlush(new DefaultHttp2HeadersFrame(answer), ctx.voidPromise());
        if (service.trustsForwardedFor()) {
            ClientAddress.forwarded(
                    stream, ForwardedFor.client(request.headers().getAll(FORWARDED_FOR)));
        }
        Http2Streams.become(stream, true, service.trailers());
        service.install(stream);
        next.accepted(stream);
        if (request.isEndStream()) {
            Http2Streams.inputEnded(stream);
        }
        ctx.pipeline().remove(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ReferenceCountUtil.release(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        LOG.debug("HTTP/2 request: {}", fault.toString());
        ctx.close();
    }
}
