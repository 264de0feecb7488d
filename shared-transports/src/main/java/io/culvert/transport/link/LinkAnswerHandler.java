package io.culvert.transport.link;

import io.culvert.model.CloseCause;
import io.culvert.model.Network;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.EarlyBytesHandler;
import io.culvert.transport.payload.VlessDatagramHandler;
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

    LinkAnswerHandler(LinkConnection connection, LinkOpening opening) {
        this.connection = connection;
        this.opening = opening;
    }

    /** This many bytes of the client have left with the order. */
    void sentAhead(int bytes) {
        sentAhead = bytes;
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
        opening.unreachable("the egress went away before it answered");
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
        giveUp(new SessionFailure(CloseCause.LINK_FAILED, "link: connection lost"));
    }

    /** Nothing has been sent of the client that may not be sent again: it need not wait until the connection is given up. */
    @Override
    public void suspected() {
        giveUp(new SessionFailure(CloseCause.LINK_FAILED, "link: no sign of life from the egress"));
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
            CloseCause cause = LinkWords.causeOfReset(reset.errorCode(), CloseCause.LINK_FAILED);
            opening.opened().tryFailure(new SessionFailure(cause, "egress: " + cause.text()));
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        opening.unreachable("the egress went away before it answered");
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        opening.unreachable(String.valueOf(fault.getMessage()));
        ctx.close();
    }
}
