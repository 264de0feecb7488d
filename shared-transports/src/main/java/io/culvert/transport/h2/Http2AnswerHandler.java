package io.culvert.transport.h2;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.UpstreamFaults;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A stream that a client has opened, until the server's HEADERS are read. */
final class Http2AnswerHandler extends ChannelInboundHandlerAdapter {
    /** How long a server may take to answer. */
    static final long ANSWER_MILLIS = 10_000;

    private static final String OK = "200";

    private final StreamRequest request;
    private final Promise<Channel> opened;
    private final @Nullable ConnectionWatch watch;
    private @Nullable Future<?> deadline;
    /** Whether the stream is in use, which it may be before the answer. */
    private boolean open;

    /** @param watch told when a server leaves a request without an answer: its connection may be dead */
    Http2AnswerHandler(StreamRequest request, Promise<Channel> opened, @Nullable ConnectionWatch watch) {
        this.request = request;
        this.opened = opened;
        this.watch = watch;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (request.awaitsAnswer()) {
            deadline = ctx.executor().schedule(() -> expired(ctx), ANSWER_MILLIS, TimeUnit.MILLISECONDS);
            ctx.read();
        } else if (watch == null || watch.refusals().hasAccepted()) {
            open(ctx);
        } else {
            watch.refusals().begin(ctx.channel().parent(), () -> {
                if (!open && !ctx.isRemoved() && ctx.channel().isActive()) {
                    open(ctx);
                }
            });
            ctx.read();
        }
    }

    private void open(ChannelHandlerContext ctx) {
        open = true;
        become(ctx);
        if (!opened.trySuccess(ctx.channel())) {
            ctx.channel().close();
        }
    }

    private void become(ChannelHandlerContext ctx) {
        Http2Streams.become(ctx.channel(), false, null);
        request.install(ctx.channel());
    }

    private void expired(ChannelHandlerContext ctx) {
        if (watch != null) {
            watch.retire();
        }
        refuse(ctx, CloseCause.DIAL_TIMEOUT, "no answer");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Http2HeadersFrame answer)) {
            if (open) {
                ctx.fireChannelRead(message);
            } else {
                ReferenceCountUtil.release(message);
            }
            return;
        }
        String refusal = refusal(answer);
        if (refusal != null) {
            refuse(ctx, CloseCause.UPSTREAM_HANDSHAKE_FAILED, refusal);
            return;
        }
        if (watch != null) {
            watch.refusals().accepted();
        }
        if (open) {
            ctx.fireChannelRead(answer);
            settle(ctx);
        } else {
            become(ctx);
            settle(ctx);
            if (answer.isEndStream()) {
                Http2Streams.inputEnded(ctx.channel());
            }
            if (!opened.trySuccess(ctx.channel())) {
                ctx.channel().close();
            }
        }
    }

    private @Nullable String refusal(Http2HeadersFrame answer) {
        CharSequence status = answer.headers().status();
        if (status == null || !OK.contentEquals(status)) {
            return "status " + status(answer.headers());
        }
        return answer.isEndStream() ? request.refusal(answer.headers()) : null;
    }

    /** For the log: three digits and nothing that a server may have put there instead. */
    private static String status(Http2Headers answer) {
        CharSequence status = answer.status();
        return status != null
                        && status.length() == OK.length()
                        && status.chars().allMatch(Character::isDigit)
                ? status.toString()
                : "missing";
    }

    private void settle(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        ctx.pipeline().remove(this);
    }

    private void refuse(ChannelHandlerContext ctx, CloseCause cause, String why) {
        if (watch != null) {
            watch.refusals().refused();
        }
        if (!opened.tryFailure(new SessionFailure(cause, "HTTP/2: " + why))) {
            UpstreamFaults.tell(ctx, "HTTP/2: " + why);
        }
        settle(ctx);
        ctx.channel().close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        opened.tryFailure(PooledConnection.lost());
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        if (opened.isDone()) {
            ctx.fireExceptionCaught(fault);
        } else {
            refuse(ctx, CloseCause.UPSTREAM_HANDSHAKE_FAILED, String.valueOf(fault.getMessage()));
        }
    }
}
