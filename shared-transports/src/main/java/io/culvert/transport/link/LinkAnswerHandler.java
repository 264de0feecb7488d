package io.culvert.transport.link;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.payload.VlessDatagramHandler;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A stream of an ingress until the egress has answered its order. */
final class LinkAnswerHandler extends ChannelInboundHandlerAdapter implements LinkConnection.Member {
    private final LinkConnection connection;
    private final LinkOpening opening;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> deadline;
    private int sentAhead;
    private boolean repeatable = true;

    LinkAnswerHandler(LinkConnection connection, LinkOpening opening) {
        this.connection = connection;
        this.opening = opening;
    }

    /** These bytes of the client leave with the order. */
    void sentAhead(ByteBuf bytes) {
        sentAhead = bytes.readableBytes();
        repeatable = SentAheadHandler.repeatable(bytes) == sentAhead;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        connection.add(this);
        deadline = ctx.executor().schedule(this::expired, LinkLimits.ANSWER_MILLIS, TimeUnit.MILLISECONDS);
        ctx.read();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        connection.remove(this);
        if (deadline != null) {
            deadline.cancel(false);
        }
        opening.opened().tryFailure(gone("the egress went away before it answered"));
    }

    private SessionFailure gone(String why) {
        return new SessionFailure(goneCause(), "link: " + why);
    }

    /** Without an answer: what had been sent may have been passed on. */
    private CloseCause goneCause() {
        return repeatable ? CloseCause.LINK_FAILED : CloseCause.EGRESS_LOST;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Http2HeadersFrame answer)) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (!LinkWords.isOpened(answer.headers())) {
            CloseCause cause = LinkWords.causeOf(answer.headers());
            opening.opened().tryFailure(new SessionFailure(cause, "egress: " + LinkWords.detailOf(answer.headers())));
            ctx.close();
            return;
        }
        Http2StreamChannel stream = (Http2StreamChannel) ctx.channel();
        LinkStreamHandler bytes = LinkStreamHandler.ofIngress(stream);
        stream.pipeline().addLast(LinkStreamHandler.NAME, bytes);
        if (sentAhead > 0) {
            stream.pipeline().addLast(SentAheadHandler.NAME, new SentAheadHandler(sentAhead));
        }
        stream.pipeline().addLast(EarlyBytesHandler.NAME, new EarlyBytesHandler());
        if (opening.network() == Network.UDP) {
            Channels.addProtocol(stream, VlessDatagramHandler.NAME, new VlessDatagramHandler());
        }
        if (answer.isEndStream()) {
            bytes.endInput();
        }
        boolean wanted = opening.opened().trySuccess(stream);
        ctx.pipeline().remove(this);
        if (!wanted) {
            Channels.abort(stream);
        }
    }

    private void expired() {
        giveUp(new SessionFailure(CloseCause.DIAL_TIMEOUT, "link: the egress did not answer in time"));
    }

    @Override
    public void lost() {
        giveUp(gone("connection lost"));
    }

    /** Who may ask another egress need not wait until the connection is given up; for all others there is still hope. */
    @Override
    public void suspected() {
        if (repeatable) {
            giveUp(gone("no sign of life from the egress"));
        }
    }

    private void giveUp(SessionFailure why) {
        ChannelHandlerContext ctx = context;
        if (ctx != null && opening.opened().tryFailure(why)) {
            ctx.writeAndFlush(new DefaultHttp2ResetFrame(LinkWords.resetCode(CloseCause.CLIENT_RESET)));
            ctx.close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            CloseCause cause = LinkWords.causeOfReset(reset.errorCode(), goneCause());
            opening.opened().tryFailure(new SessionFailure(cause, "egress: " + cause.text()));
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        opening.opened().tryFailure(gone("the egress went away before it answered"));
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        opening.opened().tryFailure(gone(String.valueOf(fault.getMessage())));
        ctx.close();
    }
}
