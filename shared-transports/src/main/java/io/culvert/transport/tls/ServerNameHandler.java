package io.culvert.transport.tls;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** Waits above a server's TLS for the end of the handshake, and says which name the client asked for. */
public final class ServerNameHandler extends ChannelInboundHandlerAdapter {
    private final Consumer<@Nullable String> next;

    /** @param next is told the name, or null where the client gave none; the handler has left the pipeline then */
    public ServerNameHandler(Consumer<@Nullable String> next) {
        this.next = next;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
            ctx.pipeline().remove(this);
            next.accept(asked(ctx.channel()));
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** The name that the client of a stream asked for, in the TLS on it or under it; null where there is none. */
    public static @Nullable String asked(Channel stream) {
        for (Channel channel = stream; channel != null; channel = channel.parent()) {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls != null) {
                return asked(tls.engine().getSession());
            }
        }
        return null;
    }

    private static @Nullable String asked(SSLSession session) {
        if (session instanceof ExtendedSSLSession extended) {
            for (SNIServerName name : extended.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName();
                }
            }
        }
        return null;
    }
}
