package io.culvert.ingress.listener;

import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.PortRange;
import io.culvert.config.TransportSettings;
import io.culvert.config.TransportSettings.DomainSocket;
import io.culvert.ingress.protocol.DatagramProtocol;
import io.culvert.ingress.protocol.InboundProtocol;
import io.culvert.ingress.protocol.InboundProtocols;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.culvert.transport.unix.UnixAddress;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The listeners of one ingress verticle, which belong to its event loop. */
public final class IngressListeners {
    private final Ingress ingress;
    private final CulvertConfig config;
    private final Map<PortKey, InboundProtocols> protocols;
    private final boolean datagrams;
    private final List<InboundListener> streams = new ArrayList<>();
    private final List<KcpListener> kcp = new ArrayList<>();
    private final List<QuicListener> quic = new ArrayList<>();
    private final List<Channel> sockets = new ArrayList<>();
    /** By inbound, and there by port, TCP before UDP. */
    private final SortedMap<PortKey, Listening> listening = new ConcurrentSkipListMap<>(
            Comparator.comparingInt(PortKey::inbound).thenComparingInt(PortKey::port));

    /** An inbound's port: all verticles of a node share its protocol's state (users, replay filters, associations). */
    public record PortKey(int inbound, int port) {}

    /** A port that is open. */
    public record Listening(InboundConfig inbound, InetSocketAddress address, boolean datagrams) {}

    /**
     * @param protocols the node's, by {@link #protocols}
     * @param datagrams whether this verticle serves the UDP ports: one of a node's verticles does
     */
    public IngressListeners(
            Ingress ingress, CulvertConfig config, Map<PortKey, InboundProtocols> protocols, boolean datagrams) {
        this.ingress = ingress;
        this.config = config;
        this.protocols = protocols;
        this.datagrams = datagrams;
    }

    /** The protocols of every port of a configuration, made once for a node. */
    public static Map<PortKey, InboundProtocols> protocols(CulvertConfig config) {
        Map<PortKey, InboundProtocols> made = new HashMap<>();
        for (int i = 0; i < config.inbounds().size(); i++) {
            InboundConfig inbound = config.inbounds().get(i);
            if (inbound.unixSocket() != null) {
                made.put(new PortKey(i, 0), InboundProtocols.of(inbound, 0));
                continue;
            }
            PortRange ports = inbound.ports();
            for (int port = ports == null ? 1 : ports.from(); port <= (ports == null ? 0 : ports.to()); port++) {
                made.put(new PortKey(i, port), InboundProtocols.of(inbound, port));
            }
        }
        return Map.copyOf(made);
    }

    /** Opens every port; fails with the first that cannot be opened. */
    public Future<Void> open(Vertx vertx) {
        List<Future<?>> opening = new ArrayList<>();
        try {
            for (int i = 0; i < config.inbounds().size(); i++) {
                open(vertx, i, opening);
            }
        } catch (TlsConfigException e) {
            opening.add(Future.failedFuture(e));
        }
        return Future.join(opening).mapEmpty();
    }

    private void open(Vertx vertx, int index, List<Future<?>> opening) throws TlsConfigException {
        InboundConfig inbound = config.inbounds().get(index);
        DomainSocket unix = inbound.unixSocket();
        if (unix != null) {
            openUnix(vertx, index, unix, opening);
            return;
        }
        PortRange ports = inbound.ports();
        if (ports == null) {
            return;
        }
        for (int port = ports.from(); port <= ports.to(); port++) {
            InboundProtocols served = served(index, port);
            if (served.stream() != null) {
                opening.add(openStream(vertx, index, port, served.stream(), served.userLevel()));
            }
            if (served.datagrams() != null && datagrams) {
                opening.add(openDatagrams(vertx, index, port, served.datagrams()));
            }
        }
    }

    private InboundProtocols served(int index, int port) {
        InboundProtocols served = protocols.get(new PortKey(index, port));
        if (served == null) {
            throw new IllegalStateException("no protocol for port " + port);
        }
        return served;
    }

    /** The system does not share a unix socket: the verticle that has the UDP ports has these too. */
    private void openUnix(Vertx vertx, int index, DomainSocket socket, List<Future<?>> opening)
            throws TlsConfigException {
        InboundProtocols served = served(index, 0);
        if (!datagrams || served.stream() == null) {
            return;
        }
        InboundListener listener = listener(vertx, index, served.stream(), served.userLevel());
        UnixAddress address = UnixAddress.of(socket);
        opening.add(listener.listen(address)
                .recover(fault -> Future.failedFuture(new ListenException(
                        config.inbounds().get(index).settings().protocol() + " " + address, fault))));
    }

    private InboundListener listener(Vertx vertx, int index, InboundProtocol protocol, int userLevel)
            throws TlsConfigException {
        long deadline = config.policy().level(userLevel).handshakeMillis();
        InboundListener listener =
                new InboundListener(vertx, ingress, config.inbounds().get(index), protocol, deadline);
        streams.add(listener);
        return listener;
    }

    private Future<?> openStream(Vertx vertx, int index, int port, InboundProtocol protocol, int userLevel)
            throws TlsConfigException {
        InboundConfig inbound = config.inbounds().get(index);
        TransportSettings transport = inbound.stream().transport();
        if (transport instanceof TransportSettings.Quic quicSettings) {
            return openQuic(vertx, index, port, quicSettings, protocol, userLevel);
        }
        if (transport instanceof TransportSettings.Kcp kcpSettings) {
            return datagrams ? openKcp(vertx, index, port, kcpSettings, protocol, userLevel) : Future.succeededFuture();
        }
        return listener(vertx, index, protocol, userLevel)
                .listen(port)
                .onSuccess(bound -> opened(index, bound, false))
                .recover(fault -> Future.failedFuture(failure(inbound, port, fault)));
    }

    private Future<?> openKcp(
            Vertx vertx, int index, int port, TransportSettings.Kcp settings, InboundProtocol protocol, int userLevel)
            throws TlsConfigException {
        InboundConfig inbound = config.inbounds().get(index);
        long deadline = config.policy().level(userLevel).handshakeMillis();
        KcpListener listener = new KcpListener(ingress, inbound, settings, protocol, deadline);
        kcp.add(listener);
        return listener.listen(VertxChannels.loopOf(vertx.getOrCreateContext()), port)
                .onSuccess(bound -> opened(index, bound, true))
                .recover(fault -> Future.failedFuture(failure(inbound, port, fault)));
    }

    private Future<?> openQuic(
            Vertx vertx, int index, int port, TransportSettings.Quic settings, InboundProtocol protocol, int userLevel)
            throws TlsConfigException {
        EventLoop loop = VertxChannels.loopOf(vertx.getOrCreateContext());
        if (!QuicListener.listensOn(loop, datagrams)) {
            return Future.succeededFuture();
        }
        InboundConfig inbound = config.inbounds().get(index);
        long deadline = config.policy().level(userLevel).handshakeMillis();
        QuicListener listener = new QuicListener(ingress, inbound, settings, protocol, deadline);
        quic.add(listener);
        return listener.listen(loop, port, datagrams)
                .onSuccess(bound -> opened(index, bound, true))
                .recover(fault -> Future.failedFuture(failure(inbound, port, fault)));
    }

    private Future<?> openDatagrams(Vertx vertx, int index, int port, DatagramProtocol protocol) {
        InboundConfig inbound = config.inbounds().get(index);
        return new DatagramListener(ingress, inbound, protocol)
                .listen(VertxChannels.loopOf(vertx.getOrCreateContext()), port)
                .onSuccess(socket -> {
                    sockets.add(socket);
                    opened(index, (InetSocketAddress) socket.localAddress(), true);
                })
                .recover(fault -> Future.failedFuture(failure(inbound, port, fault)));
    }

    private static ListenException failure(InboundConfig inbound, int port, Throwable fault) {
        return new ListenException(inbound.settings().protocol() + " " + inbound.listen() + ":" + port, fault);
    }

    private void opened(int index, InetSocketAddress address, boolean forDatagrams) {
        listening.put(
                new PortKey(index, address.getPort() * 2 + (forDatagrams ? 1 : 0)),
                new Listening(config.inbounds().get(index), address, forDatagrams));
    }

    /** What is open, in the order of the inbounds. */
    public List<Listening> listening() {
        return List.copyOf(listening.values());
    }

    /** Stops accepting; sessions that are open stay, at the longest until the limit. */
    public Future<Void> shutdown(Duration limit) {
        quic.forEach(QuicListener::stopAccepting);
        List<Future<Void>> all = new ArrayList<>();
        for (InboundListener listener : streams) {
            all.add(listener.shutdown(limit));
        }
        for (KcpListener listener : kcp) {
            all.add(listener.shutdown(limit));
        }
        return Future.join(all).mapEmpty();
    }

    /** Ends everything at once. */
    public Future<Void> close() {
        sockets.forEach(Channel::close);
        quic.forEach(QuicListener::close);
        return shutdown(Duration.ZERO);
    }
}
