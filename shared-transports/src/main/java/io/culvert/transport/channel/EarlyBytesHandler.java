package io.culvert.transport.channel;

import io.culvert.model.CloseCause;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last handler of a channel until its relay stands: keeps what came behind a request or a handshake until there is somebody
 * to give it to. The channel's {@link ReadGate} is held meanwhile, so this is never more than what one read brought
 * ({@link Channels#MOST_READ}). Protocols put their handlers before it: {@link Channels#addProtocol}. A {@link CloseCause} that
 * one of them raises ends the channel or its session; the channel notes it ({@link Channels#reasonOf}).
 */
public final class EarlyBytesHandler extends ChannelInboundHandlerAdapter {
    public static final String NAME = "early-bytes";

    private static final Logger LOG = LoggerFactory.getLogger(EarlyBytesHandler.class);

    private final Deque<Object> kept = new ArrayDeque<>();
    private boolean onlyFirst;
    private boolean heard;
    private @Nullable Consumer<CloseCause> owner;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        kept.add(message);
        if (onlyFirst) {
            onlyFirst = false;
            heard = true;
            ReadGate.of(ctx.channel()).hold(ReadGate.OPENING);
        }
    }

    /**
     * Holds a channel's reading until its session is open, but for the first bytes where there are none yet: an egress that is far
     * may be sent them ahead.
     */
    public static void holdAfterFirst(Channel channel) {
        EarlyBytesHandler own = in(channel);
        if (own == null || !own.kept.isEmpty()) {
            ReadGate.of(channel).hold(ReadGate.OPENING);
        } else {
            own.onlyFirst = true;
            ReadGate.of(channel).release(ReadGate.OPENING);
        }
    }

    /** Whether {@link #holdAfterFirst} has let something in. */
    public static boolean hasHeard(Channel channel) {
        EarlyBytesHandler own = in(channel);
        return own != null && own.heard;
    }

    /** What a channel keeps first, still owned by it; null where it keeps no bytes. */
    public static @Nullable ByteBuf firstIn(Channel channel) {
        EarlyBytesHandler own = in(channel);
        return own != null && own.kept.peek() instanceof ByteBuf first ? first : null;
    }

    private static @Nullable EarlyBytesHandler in(Channel channel) {
        return (EarlyBytesHandler) channel.pipeline().get(NAME);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // Said again by open(), behind the bytes it is about.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            kept.add(event);
        } else if (event instanceof CloseCause cause) {
            // The handler that says so has lost its stream and reports no end any more: a relay would never hear of it.
            Channels.endsFor(ctx.channel(), cause);
            end(ctx.channel(), cause);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /**
     * Has a session end for what happens to its channel before its relay stands.
     *
     * @param session told on the channel's loop, at most once; it ends the channel
     */
    public static void tellFaults(Channel channel, Consumer<CloseCause> session) {
        EarlyBytesHandler own = in(channel);
        if (own != null) {
            own.owner = session;
        }
    }

    /** A channel may stay open for a while when it is aborted, so its session is told, where there is one. */
    private void end(Channel channel, CloseCause cause) {
        Consumer<CloseCause> session = owner;
        owner = null;
        if (session == null) {
            Channels.abort(channel);
        } else {
            session.accept(cause);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        if (fault instanceof RuntimeException && !(fault instanceof DecoderException)) {
            LOG.error("fault on a channel without a relay", fault);
            end(ctx.channel(), CloseCause.INTERNAL);
        } else {
            LOG.debug("channel without a relay: {}", fault.toString());
            end(ctx.channel(), CloseCause.CLIENT_RESET);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        kept.forEach(ReferenceCountUtil::release);
        kept.clear();
    }

    /** Hands everything that a channel keeps to the handler behind, in order; the keeper leaves the pipeline. */
    public static void openIn(Channel channel) {
        ChannelHandlerContext ctx = channel.pipeline().context(NAME);
        if (ctx != null) {
            ((EarlyBytesHandler) ctx.handler()).open(ctx);
        }
    }

    private void open(ChannelHandlerContext ctx) {
        boolean any = false;
        for (Object next = kept.poll(); next != null; next = kept.poll()) {
            if (next instanceof StreamEnd end) {
                ctx.fireChannelReadComplete();
                any = false;
                ctx.fireUserEventTriggered(end);
            } else {
                any = true;
                ctx.fireChannelRead(next);
            }
        }
        if (any) {
            ctx.fireChannelReadComplete();
        }
        ctx.pipeline().remove(this);
    }
}
