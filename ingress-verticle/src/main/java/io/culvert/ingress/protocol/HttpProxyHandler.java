package io.culvert.ingress.protocol;

import io.culvert.model.CloseCause;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ReadGate;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.BodyRelay;
import io.culvert.wire.http.HttpAnswers;
import io.culvert.wire.http.HttpExchange;
import io.culvert.wire.http.HttpProxyRequest;
import io.culvert.wire.http.HttpProxyServer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one client of the HTTP proxy, one after the other. A CONNECT makes the connection a tunnel and this handler
 * leaves; a plain request gets a session and a channel of its own ({@link HttpExchangeChannel}), and the next one is read when its
 * answer is through.
 */
final class HttpProxyHandler extends ChannelInboundHandlerAdapter {
    static final String NAME = "http-proxy";

    /** How long a kept-alive client may think about its next request. */
    static final long KEEP_ALIVE_MILLIS = 60_000;

    /** What a request's body may have waiting for a slow destination before the client's reading pauses. */
    private static final int MOST_QUEUED_BYTES = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(HttpProxyHandler.class);

    private final HttpProxyServer<UserRef> server;
    private final Handshake handshake;
    private final UserRef anonymous;
    private final HeadBudget.Share budget = HeadBudget.NODE.share();
    private @Nullable ByteBuf collected;
    /** Whether what is collected is a buffer of our own, to which more may be written. */
    private boolean growing;

    private @Nullable HttpExchangeChannel exchange;
    private @Nullable Future<?> keepAlive;
    private boolean served;
    private boolean closing;

    HttpProxyHandler(HttpProxyServer<UserRef> server, Handshake handshake, UserRef anonymous) {
        this.server = server;
        this.handshake = handshake;
        this.anonymous = anonymous;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (closing) {
            bytes.release();
            return;
        }
        collect(ctx, bytes);
        if (exchange == null && !budget.hold(collected == null ? 0 : collected.readableBytes())) {
            tooManyHeads(ctx);
            return;
        }
        advance(ctx);
    }

    /** Never more than a head, or what one read brought behind a body. */
    private void collect(ChannelHandlerContext ctx, ByteBuf bytes) {
        if (collected == null) {
            collected = bytes;
            return;
        }
        // Slices of a body may still be held elsewhere, and would not survive that their buffer grows.
        if (!growing || collected.refCnt() > 1) {
            ByteBuf joined = ctx.alloc().buffer(2 * (collected.readableBytes() + bytes.readableBytes()));
            joined.writeBytes(collected);
            collected.release();
            collected = joined;
            growing = true;
        }
        collected.writeBytes(bytes);
        bytes.release();
    }

    private void tooManyHeads(ChannelHandlerContext ctx) {
        ByteBuf answer = ctx.alloc().buffer();
        HttpAnswers.writeHeadTooLong(answer);
        ctx.write(answer);
        refuse(ctx, CloseCause.LIMIT, "the heads that clients are sending take " + HeadBudget.MOST_BYTES + " bytes");
    }

    private void advance(ChannelHandlerContext ctx) {
        while (collected != null && !closing) {
            ByteBuf in = collected;
            boolean goOn = exchange == null ? readRequest(ctx, in) : relayBody(ctx, exchange, in);
            releaseIfTaken();
            if (!goOn) {
                return;
            }
        }
    }

    private void releaseIfTaken() {
        if (collected != null && !collected.isReadable()) {
            collected.release();
            collected = null;
            growing = false;
        }
    }

    private boolean readRequest(ChannelHandlerContext ctx, ByteBuf in) {
        ByteBuf out = ctx.alloc().buffer();
        Decoded<HttpProxyRequest<UserRef>> result = server.read(in, out);
        if (out.isReadable()) {
            ctx.writeAndFlush(out);
        } else {
            out.release();
        }
        return switch (result) {
            case Decoded.NeedMore<HttpProxyRequest<UserRef>> _ -> false;
            case Decoded.Malformed<HttpProxyRequest<UserRef>>(CloseCause cause, String why) -> {
                refuse(ctx, cause, why);
                yield false;
            }
            case Decoded.Complete<HttpProxyRequest<UserRef>>(HttpProxyRequest<UserRef> request) -> {
                budget.release();
                cancelKeepAlive();
                yield switch (request) {
                    case HttpProxyRequest.Tunnel<UserRef> tunnel -> {
                        tunnel(ctx, tunnel);
                        yield false;
                    }
                    case HttpProxyRequest.Forward<UserRef> forward -> {
                        forward(ctx, forward);
                        yield true;
                    }
                };
            }
        };
    }

    private void refuse(ChannelHandlerContext ctx, CloseCause cause, String why) {
        closing = true;
        if (served) {
            LOG.info("{} refused: {}", handshake.source(), why);
            Channels.closeGently(ctx.channel());
        } else {
            handshake.refuse(cause, why);
        }
    }

    private void tunnel(ChannelHandlerContext ctx, HttpProxyRequest.Tunnel<UserRef> tunnel) {
        ByteBuf rest = collected;
        collected = null;
        handshake.request(ctx.channel(), ClientRequest.of(tunnel.destination(), userOf(tunnel)));
        if (rest != null && rest.isReadable()) {
            ctx.fireChannelRead(rest);
        } else if (rest != null) {
            rest.release();
        }
        ctx.pipeline().remove(this);
    }

    private UserRef userOf(HttpProxyRequest<UserRef> request) {
        UserRef user = request.user();
        return user == null ? anonymous : user;
    }

    private void forward(ChannelHandlerContext ctx, HttpProxyRequest.Forward<UserRef> forward) {
        if (!served) {
            served = true;
            handshake.settled();
        }
        HttpExchange http = forward.exchange();
        HttpExchangeChannel channel = new HttpExchangeChannel(ctx.channel(), http, this::exchangeOver, () -> {
            ReadGate.of(ctx.channel()).release(ReadGate.CHILD);
        });
        exchange = channel;
        channel.start();
        handshake.request(
                channel,
                new ClientRequest(
                        http.destination(),
                        TargetOrigin.CLIENT,
                        userOf(forward),
                        "http/1.1",
                        cause -> unavailable(ctx, channel)));
        ByteBuf head = ctx.alloc().buffer();
        http.writeHead(head);
        channel.deliver(head);
    }

    /** The destination could not be opened. */
    private void unavailable(ChannelHandlerContext ctx, HttpExchangeChannel channel) {
        closing = true;
        exchange = null;
        ByteBuf answer = ctx.alloc().buffer();
        HttpAnswers.writeUnavailable(answer);
        ctx.write(answer);
        Channels.closeGently(ctx.channel());
        channel.close();
    }

    /** Passes on what there is of the request's body; whether there may be more to do. */
    private boolean relayBody(ChannelHandlerContext ctx, HttpExchangeChannel channel, ByteBuf in) {
        BodyRelay.State state = channel.exchange().requestBody().relay(in, channel::deliver);
        return switch (state) {
            case MORE -> {
                if (channel.queued() > MOST_QUEUED_BYTES) {
                    ReadGate.of(ctx.channel()).hold(ReadGate.CHILD);
                }
                yield false;
            }
            case ENDED -> {
                // What follows is another request: it waits until this one's answer is through.
                if (in.isReadable()) {
                    ReadGate.of(ctx.channel()).hold(ReadGate.CHILD);
                }
                yield false;
            }
            case FAILED -> {
                closing = true;
                channel.close();
                Channels.closeGently(ctx.channel());
                yield false;
            }
        };
    }

    /** An answer is through, or has failed. */
    private void exchangeOver(HttpExchangeChannel channel, boolean answered) {
        if (!channel.equals(exchange)) {
            return;
        }
        exchange = null;
        ChannelHandlerContext ctx = channel.parent().pipeline().context(this);
        if (ctx == null) {
            return;
        }
        if (answered && channel.exchange().persistent()) {
            keepAlive = ctx.executor()
                    .schedule(() -> Channels.closeGently(ctx.channel()), KEEP_ALIVE_MILLIS, TimeUnit.MILLISECONDS);
            ReadGate.of(ctx.channel()).release(ReadGate.CHILD);
            advance(ctx);
            return;
        }
        closing = true;
        if (!answered && !channel.exchange().response().started()) {
            ByteBuf answer = ctx.alloc().buffer();
            channel.exchange().response().writeFailure(answer);
            ctx.write(answer);
        }
        Channels.closeGently(ctx.channel());
    }

    private void cancelKeepAlive() {
        if (keepAlive != null) {
            keepAlive.cancel(false);
            keepAlive = null;
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null && ctx.channel().isWritable()) {
            exchange.sendable();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != StreamEnd.INPUT || !served) {
            ctx.fireUserEventTriggered(event);
            return;
        }
        HttpExchangeChannel current = exchange;
        if (current == null || current.exchange().requestBody().state() == BodyRelay.State.MORE) {
            // Nothing is under way, or its rest will never come.
            closing = true;
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.close();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        if (!served) {
            ctx.fireExceptionCaught(fault);
            return;
        }
        if (fault instanceof RuntimeException && !(fault instanceof DecoderException)) {
            LOG.error("fault in an HTTP exchange", fault);
        }
        ctx.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        cancelKeepAlive();
        budget.release();
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }
}
