package io.culvert.transport.link;

import io.culvert.model.CloseCause;
import io.culvert.transport.channel.AbortHandler;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.h2.Http2DataHandler;
import io.culvert.transport.h2.Http2Streams;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * What ends a session's stream, either end: behind both directions' END_STREAM nothing; else a reset that says why, or the loss
 * of the connection. The relay hears of it as a {@link CloseCause}.
 */
final class LinkStreamHandler extends Http2DataHandler implements AbortHandler, LinkConnection.Member {
    static final String NAME = "link-stream";

    private static final long NOT_RESET = -1;

    private final LinkConnection connection;
    /** What the peer's end, or ours, without a word of why means. */
    private final CloseCause peersReset;

    private final CloseCause ownReset;
    private @Nullable ChannelHandlerContext context;
    private boolean closing;
    private boolean told;
    private long resetCode = NOT_RESET;

    private LinkStreamHandler(Http2StreamChannel stream, CloseCause peersReset, CloseCause ownReset) {
        super(Http2Streams.windowOf(stream));
        this.connection = LinkConnection.of(stream);
        this.peersReset = peersReset;
        this.ownReset = ownReset;
    }

    /** For a stream of an ingress, behind which is the egress's destination. */
    static LinkStreamHandler ofIngress(Http2StreamChannel stream) {
        return new LinkStreamHandler(stream, CloseCause.UPSTREAM_RESET, CloseCause.CLIENT_RESET);
    }

    /** For a stream of an egress, behind which is the ingress's client. */
    static LinkStreamHandler ofEgress(Http2StreamChannel stream) {
        return new LinkStreamHandler(stream, CloseCause.CLIENT_RESET, CloseCause.UPSTREAM_RESET);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        connection.add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        gone();
    }

    private void gone() {
        connection.remove(this);
        giveBackWindow();
    }

    /** The peer ended the stream with its HEADERS already. */
    void endInput() {
        if (context != null) {
            endInput(context);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        switch (event) {
            case Http2ResetFrame reset -> reset(ctx, reset.errorCode());
            case Http2GoAwayFrame goAway -> goAway.release();
            case CloseCause _, StreamEnd _ -> ctx.fireUserEventTriggered(event);
            default -> ReferenceCountUtil.release(event);
        }
    }

    /** A failure is told at once, whatever lies unread; an orderly end waits behind it. */
    private void reset(ChannelHandlerContext ctx, long code) {
        resetCode = code;
        CloseCause cause = LinkWords.causeOfReset(code, peersReset);
        if (!isOrderly(cause)) {
            tell(ctx, cause);
            ctx.close();
        }
    }

    private static boolean isOrderly(CloseCause cause) {
        return cause == CloseCause.COMPLETED
                || cause == CloseCause.IDLE_TIMEOUT
                || cause == CloseCause.HALF_CLOSED_TIMEOUT;
    }

    private void tell(ChannelHandlerContext ctx, CloseCause cause) {
        if (!told && !closing) {
            told = true;
            ctx.fireUserEventTriggered(cause);
        }
    }

    @Override
    public void lost() {
        ChannelHandlerContext ctx = context;
        if (ctx != null && !ctx.isRemoved()) {
            tell(ctx, CloseCause.LINK_FAILED);
            closing = true;
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        gone();
        if (resetCode != NOT_RESET) {
            tell(ctx, LinkWords.causeOfReset(resetCode, peersReset));
        } else if (!inputHasEnded() || !outputHasEnded()) {
            tell(ctx, CloseCause.LINK_FAILED);
        }
        ctx.fireChannelInactive();
    }

    /** An orderly end: behind an input that has ended by END_STREAM, else by a reset that says why. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (closing || !ctx.channel().isActive()) {
            ctx.close(promise);
            return;
        }
        closing = true;
        if (inputHasEnded()) {
            ChannelFuture end = endOutput(ctx);
            ctx.flush();
            end.addListener(_ -> ctx.close(promise));
        } else {
            reset(ctx, promise, CloseCause.COMPLETED);
        }
    }

    @Override
    public void abort(ChannelHandlerContext ctx) {
        closing = true;
        reset(ctx, ctx.newPromise(), ownReset);
    }

    private void reset(ChannelHandlerContext ctx, ChannelPromise promise, CloseCause otherwise) {
        if (resetCode == NOT_RESET && ctx.channel().parent().isActive()) {
            CloseCause reason = Channels.reasonOf(ctx.channel());
            ctx.write(
                    new DefaultHttp2ResetFrame(LinkWords.resetCode(reason == null ? otherwise : reason)),
                    ctx.newPromise());
            ctx.flush();
        }
        ctx.close(promise);
    }
}
