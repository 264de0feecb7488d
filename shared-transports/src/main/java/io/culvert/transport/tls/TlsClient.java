package io.culvert.transport.tls;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.channel.Channels;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import org.jspecify.annotations.Nullable;

/** TLS in front of an outbound's protocol. Immutable; shared by all event loops. */
public final class TlsClient {
    /** A server that has not finished the handshake by then is given up. */
    static final long HANDSHAKE_MILLIS = 10_000;

    private static final String NAME = "tls";

    private final SslContext context;
    private final @Nullable String serverName;
    private final boolean insecure;

    /**
     * @param context taken over
     * @param serverName the name to ask for and to check, or null for the server's address
     * @param insecure the name is not checked
     */
    public TlsClient(SslContext context, @Nullable String serverName, boolean insecure) {
        this.context = context;
        NativeContexts.releaseWith(this, context);
        this.serverName = serverName;
        this.insecure = insecure;
    }

    /**
     * Adds TLS to a channel that has just been connected, and completes when the handshake has.
     *
     * @return the channel; fails with {@link SessionFailure}, the channel closed
     */
    public Future<Channel> install(Channel channel, Address server, int port) {
        Promise<Channel> done = channel.eventLoop().newPromise();
        String name = nameFor(server);
        if (name == null && !insecure) {
            channel.close();
            return done.setFailure(new SessionFailure(
                    CloseCause.UPSTREAM_HANDSHAKE_FAILED,
                    "TLS to an IP address needs tlsSettings.serverName or allowInsecure"));
        }
        SslHandler handler =
                name == null ? context.newHandler(channel.alloc()) : context.newHandler(channel.alloc(), name, port);
        OpenSslHalfClose.allow(handler.engine());
        handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
        Channels.addLowest(channel, TlsHalfCloseHandler.NAME, new TlsHalfCloseHandler());
        Channels.addLowest(channel, NAME, handler);
        handler.handshakeFuture().addListener(handshake -> {
            if (handshake.isSuccess()) {
                done.trySuccess(channel);
            } else {
                channel.close();
                done.tryFailure(new SessionFailure(
                        CloseCause.UPSTREAM_HANDSHAKE_FAILED, "TLS: " + HandshakeFault.of(handshake.cause())));
            }
        });
        channel.read();
        return done;
    }

    private @Nullable String nameFor(Address server) {
        if (serverName != null) {
            return serverName;
        }
        return server instanceof Address.Domain(String name) ? name : null;
    }
}
