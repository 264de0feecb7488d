package io.culvert.transport.httpupgrade;

import io.culvert.transport.channel.Channels;
import io.culvert.transport.channel.ClientAddress;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.wire.Decoded;
import io.culvert.wire.http.UpgradeServer;
import io.culvert.wire.http.UpgradeServer.Granted;
import io.culvert.wire.http.UpgradeServer.Refused;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of an upgrade: answers requests as a web server would until one is granted. Where none is, the connection
 * ends as the caller's deadline says.
 */
public final class UpgradeServerHandler extends HandshakeHandler {
    private static final Logger LOG = LoggerFactory.getLogger(UpgradeServerHandler.class);

    private final UpgradeServer server;
    private final boolean trustForwardedFor;
    private final Listener listener;
    private final Runnable onRefusal;
    private boolean refused;

    /** Told when a request has been granted and answered. */
    public interface Listener {
        /** What has been received behind the request goes to the handler behind {@code ctx} when this returns. */
        void granted(ChannelHandlerContext ctx, Granted request);
    }

    /**
     * @param trustForwardedFor whether {@code X-Forwarded-For} names the client
     * @param onRefusal called when a request was refused and another one may follow
     */
    public UpgradeServerHandler(
            UpgradeServer.Route route, boolean trustForwardedFor, Listener listener, Runnable onRefusal) {
        this.onRefusal = onRefusal;
        this.server = new UpgradeServer(route);
        this.trustForwardedFor = trustForwardedFor;
        this.listener = listener;
    }

    @Override
    protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
        while (in.isReadable() && !refused) {
            if (!(server.read(in) instanceof Decoded.Complete<UpgradeServer.Verdict>(UpgradeServer.Verdict verdict))) {
                return false;
            }
            switch (verdict) {
                case Refused refusal -> refuse(ctx, refusal);
                case Granted granted -> {
                    grant(ctx, granted);
                    return true;
                }
            }
        }
        // After the last answer what the client goes on to say is forgotten.
        in.skipBytes(in.readableBytes());
        return false;
    }

    private void grant(ChannelHandlerContext ctx, Granted granted) {
        if (trustForwardedFor) {
            ClientAddress.forwarded(ctx.channel(), granted.forwardedFor());
        }
        ByteBuf out = ctx.alloc().buffer();
        UpgradeServer.writeGranted(out, granted);
        ctx.writeAndFlush(out);
        listener.granted(ctx, granted);
    }

    private void refuse(ChannelHandlerContext ctx, Refused refusal) {
        ByteBuf out = ctx.alloc().buffer();
        UpgradeServer.writeRefused(out, refusal, HttpDate.now());
        ctx.writeAndFlush(out);
        if (refusal.keepOpen()) {
            onRefusal.run();
        } else {
            refused = true;
            Channels.closeGently(ctx.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** A broken TLS handshake or a reset: above this handler there is nothing yet that would care. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        if (fault instanceof RuntimeException && !(fault instanceof DecoderException)) {
            LOG.error("fault in an upgrade", fault);
        }
        ctx.close();
    }
}
