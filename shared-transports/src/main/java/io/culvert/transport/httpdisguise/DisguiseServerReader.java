package io.culvert.transport.httpdisguise;

import io.culvert.config.TransportSettings.HttpDisguise;
import io.culvert.transport.channel.StreamEnd;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.wire.http.DisguiseReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the header that a client puts in front of its stream. */
final class DisguiseServerReader extends HandshakeHandler {
    private static final Logger LOG = LoggerFactory.getLogger(DisguiseServerReader.class);

    private final DisguiseReader reader;
    private final DisguiseServerWriter answer;
    private final Runnable accepted;
    private boolean refused;

    /**
     * @param answer what writes on this side
     * @param accepted called once, with the header taken and what is behind it to come
     */
    DisguiseServerReader(HttpDisguise settings, DisguiseServerWriter answer, Runnable accepted) {
        this.reader = DisguiseReader.ofRequest(settings.paths());
        this.answer = answer;
        this.accepted = accepted;
    }

    @Override
    protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
        if (refused) {
            in.skipBytes(in.readableBytes());
            return false;
        }
        return switch (reader.read(in)) {
            case NEED_MORE -> false;
            case DONE -> {
                accepted.run();
                yield true;
            }
            case NOT_FOUND -> refuse(ctx, in, true);
            case MALFORMED -> refuse(ctx, in, false);
        };
    }

    /** The page is written by the close. What the client goes on to say is forgotten. */
    private boolean refuse(ChannelHandlerContext ctx, ByteBuf in, boolean notFound) {
        refused = true;
        in.skipBytes(in.readableBytes());
        answer.refuse(notFound);
        ctx.channel().close();
        return false;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == StreamEnd.INPUT) {
            ctx.channel().close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** A broken TLS handshake or a reset: above this handler there is nothing yet that would care. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable fault) {
        if (fault instanceof RuntimeException && !(fault instanceof DecoderException)) {
            LOG.error("fault in a disguised handshake", fault);
        }
        ctx.close();
    }
}
