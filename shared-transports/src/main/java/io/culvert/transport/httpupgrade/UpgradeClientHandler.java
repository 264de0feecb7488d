package io.culvert.transport.httpupgrade;

import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.UpgradeClient;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Awaits the answer to an upgrade. Fails when the server refuses, ends the connection, or takes longer than
 * {@link #LIMIT_MILLIS} after {@link #start}.
 */
public final class UpgradeClientHandler extends HandshakeHandler {
    /** What the handlers above are told. */
    public enum Event {
        /** The server has agreed: what comes from here on is the stream. */
        UPGRADED
    }

    /** As 4.34 has it (wire-formats section 14.3). */
    static final long LIMIT_MILLIS = 8_000;

    private final UpgradeClient client;
    private final Promise<Void> done;
    private @Nullable Future<?> deadline;

    /** @param done completed on the channel's loop; fails with {@link SessionFailure} */
    public UpgradeClientHandler(UpgradeClient client, Promise<Void> done) {
        this.client = client;
        this.done = done;
    }

    /** The request is on its way: from here on the server has its time to answer. */
    public void start(ChannelHandlerContext ctx) {
        deadline = ctx.executor().schedule(() -> fail("no answer to the upgrade"), LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        ctx.read();
    }

    @Override
    protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
        return switch (client.read(in)) {
            case Decoded.NeedMore<Boolean> _ -> false;
            case Decoded.Malformed<Boolean>(CloseCause cause, String why) -> {
                in.skipBytes(in.readableBytes());
                done.tryFailure(new SessionFailure(cause, why));
                yield true;
            }
            case Decoded.Complete<Boolean> _ -> {
                ctx.fireUserEventTriggered(Event.UPGRADED);
                done.trySuccess(null);
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
            fail("the server ended the connection in the upgrade");
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail("the server ended the connection in the upgrade");
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
        fail("the upgrade was given up");
        super.handlerRemoved(ctx);
    }
}
