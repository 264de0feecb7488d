package io.culvert.transport.tls;

import io.culvert.transport.channel.Channels;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsyncMapping;
import java.lang.ref.Reference;
import java.util.List;
import java.util.function.Supplier;

/** TLS in front of an inbound's protocol. Immutable; shared by all event loops. */
public final class TlsServer {
    private static final String NAME = "tls";

    /** A ClientHello that is longer has no name that anybody uses. */
    private static final int MAX_CLIENT_HELLO = 64 * 1024;

    private final Supplier<ServerCertificates> certificates;

    /** @param certificates at least one, taken over; the first serves clients that name nothing or something else */
    public TlsServer(List<ServerCertificate> certificates) {
        ServerCertificates all = ServerCertificates.owning(certificates, null);
        this.certificates = () -> all;
    }

    /** @param certificates what holds at the time of a handshake */
    TlsServer(Supplier<ServerCertificates> certificates) {
        this.certificates = certificates;
    }

    /** Whether a channel has TLS on it that has not shaken hands yet: what is written now might leave in the clear. */
    public static boolean isHandshaking(Channel channel) {
        ChannelHandler tls = channel.pipeline().get(NAME);
        return tls instanceof ByServerName
                || (tls instanceof SslHandler handler
                        && !handler.handshakeFuture().isDone());
    }

    /** As {@link #install(Channel, Runnable)}, telling nobody. */
    public void install(Channel channel) {
        install(channel, () -> {});
    }

    /**
     * Adds TLS to a fresh channel, above the handlers that are there. The handshake has no deadline of its own: the
     * inbound's deadline covers it.
     *
     * @param secured called on the channel's loop when the handshake is done
     */
    public void install(Channel channel, Runnable secured) {
        Channels.addLowest(channel, TlsHalfCloseHandler.NAME, new TlsHalfCloseHandler());
        ServerCertificates now = certificates.get();
        SslContext only = now.only();
        if (only == null) {
            Channels.addLowest(channel, NAME, new ByServerName(now::choose, secured));
        } else {
            SslHandler handler;
            try {
                handler = only.newHandler(channel.alloc());
            } finally {
                Reference.reachabilityFence(now);
            }
            begin(handler, only, secured);
            Channels.addLowest(channel, NAME, handler);
        }
    }

    private static void begin(SslHandler handler, SslContext context, Runnable secured) {
        OpenSslHalfClose.allow(handler.engine());
        TlsResumption.restrict(handler.engine(), context);
        handler.setHandshakeTimeoutMillis(0);
        handler.handshakeFuture().addListener(done -> {
            if (done.isSuccess()) {
                secured.run();
            }
        });
    }

    private static final class ByServerName extends SniHandler {
        private final Runnable secured;

        ByServerName(AsyncMapping<String, SslContext> mapping, Runnable secured) {
            super(mapping, MAX_CLIENT_HELLO, 0);
            this.secured = secured;
        }

        @Override
        protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
            SslHandler handler = super.newSslHandler(context, allocator);
            begin(handler, context, secured);
            return handler;
        }
    }
}
