package io.culvert.transport.link;

import io.culvert.bus.LinkOrder;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.wire.Decoded;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stream of an egress until its order has been judged, which is at once: an order comes whole. */
final class LinkOrderHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(LinkOrderHandler.class);

    private final LinkService service;
    private final @Nullable List<String> names;
    private final Consumer<LinkConnection> proven;
    private boolean judged;

    /**
     * @param names those of the peer's certificate, or null on a clear link
     * @param proven told that the connection has brought a valid order
     */
    LinkOrderHandler(LinkService service, @Nullable List<String> names, Consumer<LinkConnection> proven) {
        this.service = service;
        this.names = names;
        this.proven = proven;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (judged || !(message instanceof Http2HeadersFrame headers)) {
            ReferenceCountUtil.release(message);
            return;
        }
        judged = true;
        switch (LinkWords.orderOf(headers.headers())) {
            case Decoded.Complete<LinkOrder>(LinkOrder asked) -> judge(ctx, asked, headers.isEndStream());
            case Decoded.NeedMore<LinkOrder> _ -> malformed(ctx, "an order that is cut off");
            case Decoded.Malformed<LinkOrder>(var _, String why) -> malformed(ctx, why);
        }
    }

    private void malformed(ChannelHandlerContext ctx, String why) {
        service.malformed();
        refuse(ctx, new SessionFailure(CloseCause.MALFORMED, why));
    }

    private void judge(ChannelHandlerContext ctx, LinkOrder asked, boolean inputEnded) {
        SessionFailure refusal = service.judge(asked, names);
        if (refusal != null) {
            refuse(ctx, refusal);
            return;
        }
        Http2StreamChannel stream = (Http2StreamChannel) ctx.channel();
        proven.accept(LinkConnection.of(stream));
        LinkSession session = new LinkSession(service, stream, asked.order());
        refusal = service.admit(session);
        if (refusal != null) {
            refuse(ctx, refusal);
            return;
        }
        stream.config().setAutoRead(false);
        LinkStreamHandler bytes = LinkStreamHandler.ofEgress(stream);
        stream.pipeline().addLast(LinkStreamHandler.NAME, bytes);
        stream.pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
        if (inputEnded) {
            bytes.endInput();
        }
        ctx.pipeline().remove(this);
        session.open();
    }

    private void refuse(ChannelHandlerContext ctx, SessionFailure why) {
        LOG.info("order from {} refused: {}", ctx.channel().parent().remoteAddress(), why.getMessage());
        answerRefusal(ctx, why);
    }

    /** Says no, and why; what the ingress sends meanwhile is dropped. */
    static void answerRefusal(ChannelHandlerContext ctx, SessionFailure why) {
        String detail = why.getMessage() == null ? "" : why.getMessage();
        ctx.writeAndFlush(new DefaultHttp2HeadersFrame(LinkWords.refused(why.closeCause(), detail), true))
                .addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ReferenceCountUtil.release(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        LOG.debug("link stream: {}", fault.toString());
        ctx.close();
    }
}
