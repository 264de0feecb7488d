package io.culvert.transport.quic;

import io.culvert.config.SecuritySettings;
import io.culvert.config.TransportSettings;
import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.SessionFailure;
import io.culvert.transport.ClientTransport;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The client's half: one connection for each event loop and server, and another one when it has no stream left to open.
 * Connections that nobody uses end by QUIC's own idle timeout.
 */
public final class QuicClientTransport implements ClientTransport {
    /** Finds the address of a server; fails with {@link SessionFailure}. */
    public interface Resolver {
        Future<InetSocketAddress> resolve(Address server, int port, EventLoop loop);
    }

    private final QuicPackets packets;
    private final QuicSslContext tls;
    private final @Nullable String serverName;
    private final boolean unchecked;
    private final @Nullable InetAddress sendThrough;
    private final SocketOptions options;
    private final Resolver resolver;
    private final ConcurrentMap<EventLoop, QuicClientPool> pools = new ConcurrentHashMap<>();

    /**
     * @param sendThrough the address to send from, or null
     * @param options of the sockets
     * @throws TlsConfigException where QUIC's native library does not load here, or the TLS settings cannot be used
     */
    public QuicClientTransport(
            TransportSettings.Quic settings,
            SecuritySettings security,
            @Nullable InetAddress sendThrough,
            SocketOptions options,
            Resolver resolver)
            throws TlsConfigException {
        QuicTls.requireNative();
        this.packets = new QuicPackets(settings);
        this.tls = QuicTls.client(security);
        this.sendThrough = sendThrough;
        this.options = options;
        this.resolver = resolver;
        switch (security) {
            case SecuritySettings.None _ -> {
                serverName = QuicTls.INTERNAL_NAME;
                unchecked = true;
            }
            case SecuritySettings.Tls configured -> {
                serverName = configured.serverName();
                unchecked = !configured.checksName();
            }
        }
    }

    @Override
    public Future<Channel> open(Address server, int port, EventLoop loop) {
        if (nameFor(server) == null && !unchecked) {
            return loop.newFailedFuture(new SessionFailure(
                    CloseCause.UPSTREAM_HANDSHAKE_FAILED,
                    "TLS to an IP address needs tlsSettings.serverName or allowInsecure"));
        }
        return pools.computeIfAbsent(loop, own -> new QuicClientPool(this, own)).open(server, port);
    }

    QuicPackets packets() {
        return packets;
    }

    QuicSslContext tls() {
        return tls;
    }

    Resolver resolver() {
        return resolver;
    }

    @Nullable
    InetAddress sendThrough() {
        return sendThrough;
    }

    SocketOptions options() {
        return options;
    }

    /** The name to ask for and to check, or null where there is none and nothing is checked. */
    @Nullable
    String nameFor(Address server) {
        if (serverName != null) {
            return serverName;
        }
        return server instanceof Address.Domain(String name) ? name : null;
    }
}
