package io.culvert.transport.tls;

import io.culvert.transport.channel.Channels;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.Mapping;
import java.util.List;
import java.util.Locale;

/** TLS in front of an inbound's protocol. Immutable; shared by all event loops. */
public final class TlsServer {
    private static final String NAME = "tls";

    /** A ClientHello that is longer has no name that anybody uses. */
    private static final int MAX_CLIENT_HELLO = 64 * 1024;

    private final List<ServerCertificate> certificates;

    /** @param certificates at least one, taken over; the first serves clients that name nothing or something else */
    public TlsServer(List<ServerCertificate> certificates) {
        this.certificates = List.copyOf(certificates);
        for (ServerCertificate certificate : certificates) {
            NativeContexts.releaseWith(this, certificate.context());
        }
    }

    /** Whether a channel has TLS on it that has not shaken hands yet: what is written now might leave in the clear. */
    public static boolean isHandshaking(Channel channel) {
        ChannelHandler tls = channel.pipeline().get(NAME);
        return tls instanceof ByServerName
                || (tls instanceof SslHandler handler
                        && !handler.handshakeFuture().isDone());
    }

    /**
     * Adds TLS to a fresh channel, above the handlers that are there. The handshake has no deadline of its own: the
     * inbound's handshake deadline covers it.
     */
    public void install(Channel channel) {
        Channels.addLowest(channel, TlsHalfCloseHandler.NAME, new TlsHalfCloseHandler());
        if (certificates.size() == 1) {
            SslHandler handler = certificates.getFirst().context().newHandler(channel.alloc());
            OpenSslHalfClose.allow(handler.engine());
            handler.setHandshakeTimeoutMillis(0);
            Channels.addLowest(channel, NAME, handler);
        } else {
            Channels.addLowest(channel, NAME, new ByServerName(this::choose));
        }
    }

    private SslContext choose(String name) {
        String lower = name == null ? "" : name.toLowerCase(Locale.ROOT);
        for (ServerCertificate certificate : certificates) {
            if (certificate.covers(lower)) {
                return certificate.context();
            }
        }
        return certificates.getFirst().context();
    }

    private static final class ByServerName extends SniHandler {
        ByServerName(Mapping<String, SslContext> mapping) {
            super(mapping, MAX_CLIENT_HELLO, 0);
        }

        @Override
        protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
            SslHandler handler = super.newSslHandler(context, allocator);
            OpenSslHalfClose.allow(handler.engine());
            handler.setHandshakeTimeoutMillis(0);
            return handler;
        }
    }
}
