package io.culvert.egress.outbound;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A handshake that a client must finish before anything else may be sent (SOCKS, HTTP CONNECT). Fails when the server refuses,
 * ends the connection, or takes longer than {@link #LIMIT_MILLIS}.
 *
 * @param <T> what the server answers
 */
abstract class UpstreamHandshake<T> extends HandshakeHandler {
    /** V2Ray's handshake limit of level 0 (wire-formats section 18.1). */
    static final long LIMIT_MILLIS = 60_000;

    private final Promise<T> done;
    private @Nullable Future<?> deadline;

    UpstreamHandshake(Promise<T> done) {
        this.done = done;
    }

    /** Writes what opens the handshake. */
    protected abstract void start(ByteBuf out);

    /** Goes on; what {@code out} is given is sent. */
    protected abstract Decoded<T> receive(ByteBuf in, ByteBuf out);

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ByteBuf out = ctx.alloc().buffer();
        start(out);
        ctx.writeAndFlush(out);
        deadline =
                ctx.executor().schedule(() -> fail("no answer to the handshake"), LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        ctx.read();
    }

    @Override
    protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
        ByteBuf out = ctx.alloc().buffer();
        Decoded<T> result = receive(in, out);
        if (out.isReadable()) {
            ctx.writeAndFlush(out);
        } else {
            out.release();
        }
        return switch (result) {
            case Decoded.NeedMore<T> _ -> false;
            case Decoded.Malformed<T>(CloseCause cause, String why) -> {
                in.skipBytes(in.readableBytes());
                done.tryFailure(SessionFailure.refusal(cause, why));
                yield true;
            }
            case Decoded.Complete<T>(T value) -> {
                done.trySuccess(value);
                yield true;
            }
        };
    }

    private void fail(String why) {
        done.tryFailure(new SessionFailure(CloseCause.UPSTREAM_HANDSHAKE_FAILED, why));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT && !done.isDone()) {
            fail("the server ended the connection in the handshake");
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail("the server ended the connection in the handshake");
        super.channelInactive(ctx);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        fail(String.valueOf(fault.getMessage()));
        ctx.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        fail("the handshake was given up");
        super.handlerRemoved(ctx);
    }
}
