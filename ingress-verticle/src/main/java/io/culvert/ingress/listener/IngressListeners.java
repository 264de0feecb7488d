package io.culvert.ingress.listener;

import io.culvert.config.CulvertConfig;
import io.culvert.config.InboundConfig;
import io.culvert.config.PortRange;
import io.culvert.ingress.protocol.InboundProtocols;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.tls.TlsContexts.TlsConfigException;
import io.netty.channel.Channel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The listeners of one ingress verticle, which belong to its event loop. */
public final class IngressListeners {
    private final Ingress ingress;
    private final CulvertConfig config;
    private final Map<PortKey, InboundProtocols> protocols;
    private final boolean datagrams;
    private final List<InboundListener> streams = new ArrayList<>();
    private final List<DatagramListener> datagramListeners = new ArrayList<>();
    private final List<Channel> sockets = new ArrayList<>();
    private final List<Listening> listening = new ArrayList<>();

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
            PortRange ports = inbound.ports();
            for (int port = ports == null ? 1 : ports.from(); port <= (ports == null ? 0 : ports.to()); port++) {
                made.put(new PortKey(i, port), InboundProtocols.of(inbound, port));
            }
        }
        return Map.copyOf(made);
    }

    /** Opens every port, or none: fails with the first that cannot be opened. */
    public Future<Void> open(Vertx vertx) {
        List<Future<?>> opening = new ArrayList<>();
        try {
            for (int i = 0; i < config.inbounds().size(); i++) {
                open(vertx, i, opening);
            }
        } catch (TlsConfigException e) {
            opening.add(Future.failedFuture(e));
        }
        return Future.join(opening)
                .<Void>mapEmpty()
                .recover(failure -> close().transform(_ -> Future.failedFuture(failure)));
    }

    private void open(Vertx vertx, int index, List<Future<?>> opening) throws TlsConfigException {
        InboundConfig inbound = config.inbounds().get(index);
        PortRange ports = inbound.ports();
        if (ports == null) {
            return;
        }
        for (int port = ports.from(); port <= ports.to(); port++) {
            InboundProtocols served = protocols.get(new PortKey(index, port));
            if (served == null) {
                throw new IllegalStateException("no protocol for port " + port);
            }
            if (served.stream() != null) {
                long deadline = config.policy().level(served.userLevel()).handshakeMillis();
                InboundListener listener = new InboundListener(vertx, ingress, inbound, served.stream(), deadline);
                streams.add(listener);
                opening.add(
                        listener.listen(port).onSuccess(bound -> listening.add(new Listening(inbound, bound, false))));
            }
            if (served.datagrams() != null && datagrams) {
                DatagramListener listener = new DatagramListener(ingress, inbound, served.datagrams());
                datagramListeners.add(listener);
                opening.add(listener.listen(VertxChannels.loopOf(vertx.getOrCreateContext()), port)
                        .onSuccess(socket -> {
                            sockets.add(socket);
                            listening.add(new Listening(inbound, (InetSocketAddress) socket.localAddress(), true));
                        }));
            }
        }
    }

    /** What is open. */
    public List<Listening> listening() {
        return List.copyOf(listening);
    }

    /** Stops accepting; sessions that are open stay, at the longest until the limit. */
    public Future<Void> shutdown(Duration limit) {
        datagramListeners.forEach(DatagramListener::stopAccepting);
        List<Future<Void>> all = new ArrayList<>();
        for (InboundListener listener : streams) {
            all.add(listener.shutdown(limit));
        }
        return Future.join(all).mapEmpty();
    }

    /** Ends everything at once. */
    public Future<Void> close() {
        sockets.forEach(Channel::close);
        return shutdown(Duration.ZERO);
    }
}
