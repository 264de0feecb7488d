package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.config.PortRange;
import io.culvert.config.StreamConfig.SockoptConfig;
import io.culvert.config.TransportSettings;
import io.culvert.config.TransportSettings.DomainSocket;
import io.culvert.config.diff.Meaning;
import io.culvert.ingress.protocol.InboundProtocols;
import io.culvert.model.IpText;
import io.culvert.transport.raw.SocketOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * What makes a listening socket this one and no other. Two configurations with an equal key share the socket; everything else
 * about an inbound can change while it is open.
 *
 * @param address the IP address, or the unix socket
 * @param port 0 for a unix socket
 * @param fixed what must be known before the socket is bound, or cannot change under its connections
 */
record ListenerKey(Kind kind, Object address, int port, Object fixed) {
    enum Kind {
        TCP(false),
        UDP(true),
        QUIC(true),
        KCP(true),
        UNIX(false);

        final boolean datagrams;

        Kind(boolean datagrams) {
            this.datagrams = datagrams;
        }
    }

    /** What a QUIC socket cannot change under its connections: how packets look, and the certificates. */
    private record QuicSocket(TransportSettings transport, Object security, SockoptConfig options) {}

    private record KcpSocket(TransportSettings transport, SockoptConfig options) {}

    private record DatagramSocket(SockoptConfig options, boolean followsRedirects) {}

    static ListenerKey unix(DomainSocket socket) {
        return new ListenerKey(Kind.UNIX, socket, 0, "");
    }

    /** The socket for an inbound's connections on a port. */
    static ListenerKey stream(InboundConfig inbound, int port) {
        InetAddress address = ClientFilter.listenAddress(inbound);
        SockoptConfig ofDatagrams = inbound.stream().sockopt().ofDatagrams();
        if (inbound.stream().transport() instanceof TransportSettings.Quic quic) {
            Object fixed = new QuicSocket(quic, Meaning.of(inbound.stream().security()), ofDatagrams);
            return new ListenerKey(Kind.QUIC, address, port, fixed);
        }
        if (inbound.stream().transport() instanceof TransportSettings.Kcp kcp) {
            return new ListenerKey(Kind.KCP, address, port, new KcpSocket(kcp, ofDatagrams));
        }
        SockoptConfig options = inbound.stream().sockopt().ofSocket();
        return new ListenerKey(Kind.TCP, address, port, new SocketOptions(options).isNone() ? "" : options);
    }

    /** The socket for an inbound's datagrams on a port. */
    static ListenerKey datagrams(InboundConfig inbound, int port, boolean followsRedirects) {
        Object fixed = new DatagramSocket(inbound.stream().sockopt().ofSocket(), followsRedirects);
        return new ListenerKey(Kind.UDP, ClientFilter.listenAddress(inbound), port, fixed);
    }

    /** The places where an inbound's connections arrive: its unix socket, or each of its ports. */
    static List<ListenerKey> streams(InboundConfig inbound) {
        DomainSocket unix = inbound.unixSocket();
        PortRange ports = inbound.ports();
        List<ListenerKey> keys = new ArrayList<>();
        if (unix != null) {
            keys.add(unix(unix));
        } else if (ports != null) {
            for (int port = ports.from(); port <= ports.to(); port++) {
                keys.add(stream(inbound, port));
            }
        }
        return keys;
    }

    /** The sockets of one of those places, by what the inbound's protocol serves. */
    static List<ListenerKey> sockets(InboundConfig inbound, InboundProtocols protocols, ListenerKey stream) {
        List<ListenerKey> keys = new ArrayList<>();
        if (protocols.stream() != null) {
            keys.add(stream);
        }
        if (protocols.datagrams() != null) {
            boolean follow =
                    inbound.settings() instanceof InboundSettings.Dokodemo dokodemo && dokodemo.followRedirect();
            keys.add(datagrams(inbound, stream.port(), follow));
        }
        return keys;
    }

    /** Whether the system would refuse one of two sockets while the other is open. */
    boolean excludes(ListenerKey other) {
        boolean unix = kind == Kind.UNIX || other.kind == Kind.UNIX;
        if (unix) {
            return kind == other.kind && address.equals(other.address);
        }
        boolean samePort = (kind == Kind.TCP) == (other.kind == Kind.TCP) && port == other.port;
        return samePort && (address.equals(other.address) || isWildcard() || other.isWildcard());
    }

    private boolean isWildcard() {
        return address instanceof InetAddress ip && ip.isAnyLocalAddress();
    }

    @Override
    public String toString() {
        return address instanceof InetAddress ip ? IpText.of(new InetSocketAddress(ip, port)) : address.toString();
    }
}
