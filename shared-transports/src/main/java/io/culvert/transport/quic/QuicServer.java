package io.culvert.transport.quic;

import io.culvert.config.SecuritySettings;
import io.culvert.config.TransportSettings;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.tls.TlsServers;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicSslContext;
import java.net.InetSocketAddress;
import java.util.function.Predicate;

/** The server's half: what an inbound's sockets have in common. Safe for all event loops. */
public final class QuicServer {
    private final QuicPackets packets;
    private final QuicSslContext tls;
    private final SocketOptions options;

    /**
     * @param options of the sockets
     * @param servers whose files are looked at for replacement
     * @throws TlsConfigException where QUIC's native library does not load here, or the TLS settings cannot be used
     */
    public QuicServer(
            TransportSettings.Quic settings, SecuritySettings security, SocketOptions options, TlsServers servers)
            throws TlsConfigException {
        QuicTls.requireNative();
        this.packets = new QuicPackets(settings);
        this.tls = QuicTls.server(security, servers);
        this.options = options;
    }

    /** Whether the loops of a node can listen on one port together: the system then deals its clients out to them. */
    public static boolean canShare(EventLoop loop) {
        return QuicSockets.canShare(loop);
    }

    /**
     * Opens a socket on one event loop.
     *
     * @param shared whether other loops listen on the same port. A client whose address changes may then come to another
     *     loop, which does not know it; it has to connect anew
     * @param serves which clients are served
     * @param next is handed each stream when its first bytes have come
     */
    public QuicServerSocket open(
            EventLoop loop,
            InetSocketAddress address,
            boolean shared,
            Predicate<InetSocketAddress> serves,
            ServerLayer.Accepted next) {
        return new QuicServerSocket(packets, tls, serves, next).bind(loop, address, shared, options);
    }
}
