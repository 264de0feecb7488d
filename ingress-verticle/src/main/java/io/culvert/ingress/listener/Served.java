package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.SecuritySettings;
import io.culvert.config.StreamConfig;
import io.culvert.config.TransportSettings;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.ingress.protocol.InboundProtocols;
import io.culvert.transport.ServerLayer;
import io.culvert.transport.quic.QuicServer;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.tls.TlsServer;
import io.culvert.transport.tls.TlsServers;
import org.jspecify.annotations.Nullable;

/**
 * What one configuration has an inbound do with the clients of one of its sockets. Immutable; for all event loops of a node.
 *
 * @param handshakeMillis how long a client may take until its request is known
 * @param filter whom it serves
 * @param acceptor what becomes of a connection, or null where the socket has datagrams only
 * @param quic what QUIC sockets have in common, or null where the transport is another
 */
record Served(
        InboundConfig inbound,
        InboundProtocols protocols,
        long handshakeMillis,
        ClientFilter filter,
        @Nullable StreamAcceptor acceptor,
        @Nullable QuicServer quic) {

    /**
     * Reads certificates: not for an event loop.
     *
     * @throws TlsConfigException where the inbound's certificates cannot be used
     */
    static Served of(Ingress ingress, InboundConfig inbound, InboundProtocols protocols, long handshakeMillis)
            throws TlsConfigException {
        ClientFilter filter = ClientFilter.of(inbound);
        InboundProtocol stream = protocols.stream();
        StreamAcceptor acceptor = stream == null ? null : acceptor(ingress, inbound, stream, handshakeMillis, filter);
        QuicServer quic = stream != null && inbound.stream().transport() instanceof TransportSettings.Quic settings
                ? quic(inbound, settings, ingress.tls())
                : null;
        return new Served(inbound, protocols, handshakeMillis, filter, acceptor, quic);
    }

    /**
     * Makes of an inbound what can fail to be made, and drops it.
     *
     * @throws TlsConfigException as {@link #of}
     */
    static void check(InboundConfig inbound, InboundProtocols protocols) throws TlsConfigException {
        if (protocols.stream() == null) {
            return;
        }
        TlsServers servers = new TlsServers();
        if (inbound.stream().transport() instanceof TransportSettings.Quic settings) {
            quic(inbound, settings, servers);
        } else {
            ServerLayers.tls(servers, inbound);
        }
    }

    private static QuicServer quic(InboundConfig inbound, TransportSettings.Quic settings, TlsServers servers)
            throws TlsConfigException {
        StreamConfig stream = inbound.stream();
        return new QuicServer(settings, stream.security(), new SocketOptions(stream.sockopt()), servers);
    }

    private static StreamAcceptor acceptor(
            Ingress ingress, InboundConfig inbound, InboundProtocol protocol, long handshakeMillis, ClientFilter filter)
            throws TlsConfigException {
        TransportSettings transport = inbound.stream().transport();
        if (transport instanceof TransportSettings.Quic) {
            return new StreamAcceptor(ingress, inbound, protocol, handshakeMillis, filter, null, null);
        }
        boolean overTls = inbound.stream().security() instanceof SecuritySettings.Tls;
        ServerLayer layer = transport instanceof TransportSettings.Kcp ? null : ServerLayers.of(transport, overTls);
        TlsServer tls = ServerLayers.tls(ingress.tls(), inbound);
        return new StreamAcceptor(ingress, inbound, protocol, handshakeMillis, filter, tls, layer);
    }
}
