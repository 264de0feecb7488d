package io.culvert.transport.httpdisguise;

import io.culvert.config.TransportSettings.HttpDisguise;
import io.culvert.transport.httpupgrade.HttpDate;
import io.culvert.wire.http.DisguiseHeads;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.ThreadLocalRandom;

/** The server's own header. A server that closes before it has written anything says so as a web server would. */
final class DisguiseServerWriter extends DisguiseWriter {
    private final HttpDisguise settings;
    private boolean notFound;

    DisguiseServerWriter(HttpDisguise settings) {
        this.settings = settings;
    }

    /** Says what the page at the close is about. */
    void refuse(boolean unknownPath) {
        notFound = unknownPath;
    }

    @Override
    protected void writeHeader(ByteBuf out) {
        DisguiseHeads.writeResponse(
                out,
                settings.responseVersion(),
                settings.status(),
                settings.reason(),
                settings.responseHeaders(),
                HttpDate.now(),
                ThreadLocalRandom.current());
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (ctx.channel().isActive()) {
            ByteBuf out = ctx.alloc().directBuffer();
            DisguiseHeads.writeErrorPage(out, notFound, HttpDate.now());
            ctx.writeAndFlush(out, ctx.voidPromise());
        }
        ctx.close(promise);
    }
}
