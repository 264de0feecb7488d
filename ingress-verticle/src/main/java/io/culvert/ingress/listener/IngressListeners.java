package io.culvert.ingress.listener;

import io.culvert.config.InboundConfig;
import io.culvert.config.TransportSettings;
import io.culvert.config.TransportSettings.DomainSocket;
import io.culvert.ingress.protocol.DatagramProtocol;
import io.culvert.transport.channel.VertxChannels;
import io.culvert.transport.quic.QuicServer;
import io.culvert.transport.raw.SessionLoops;
import io.culvert.transport.raw.SocketOptions;
import io.culvert.transport.tls.TlsServers;
import io.culvert.transport.unix.UnixAddress;
import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The listeners of one ingress verticle. */
public final class IngressListeners {
    private final Inbounds inbounds;
    private final SessionLoops loops;
    private final boolean first;
    private final Map<ListenerKey, OpenListener> open = new ConcurrentHashMap<>();
    private final Set<OpenListener> draining = new HashSet<>();
    private @Nullable Vertx vertx;
    private @Nullable Context context;

    /**
     * @param inbounds the node's
     * @param loops of the connections that are accepted
     * @param first whether this verticle has what one of a node's verticles has: all sockets but QUIC's
     */
    IngressListeners(Inbounds inbounds, SessionLoops loops, boolean first) {
        this.inbounds = inbounds;
        this.loops = loops;
        this.first = first;
    }

    /** Opens every port of the node's inbounds; fails with the first that cannot be opened. On the verticle's context. */
    public Future<Void> open(Vertx on) {
        vertx = on;
        context = on.getOrCreateContext();
        if (first) {
            // One of a node's verticles looks after the certificates; its timer ends with it.
            on.setPeriodic(TlsServers.REFRESH_MILLIS, _ -> refreshCertificates(on));
        }
        return openAll(inbounds.keys());
    }

    private void refreshCertificates(Vertx on) {
        on.executeBlocking(() -> {
            inbounds.ingress().tls().refresh();
            return true;
        });
    }

    /** Opens further sockets. Any thread. */
    Future<Void> open(Collection<ListenerKey> keys) {
        return onContext(() -> openAll(keys));
    }

    private Future<Void> openAll(Collection<ListenerKey> keys) {
        List<Future<?>> opening = new ArrayList<>();
        for (ListenerKey key : keys) {
            opening.add(openOne(key));
        }
        return Future.join(opening).mapEmpty();
    }

    private Future<Void> openOne(ListenerKey key) {
        Served wanted = inbounds.wanted(key);
        Vertx on = vertx;
        if (on == null) {
            throw new IllegalStateException("opened before its verticle has started");
        }
        InboundConfig inbound = wanted.inbound();
        EventLoop loop = VertxChannels.loopOf(on.getOrCreateContext());
        Slot slot = inbounds.slot(key);
        Future<Void> opened = switch (key.kind()) {
            case TCP -> {
                if (!first) {
                    yield Future.succeededFuture();
                }
                InboundListener listener = new InboundListener(loops, slot);
                yield listener.listen(inbound, key.port()).onSuccess(_ -> open.put(key, listener));
            }
            case UNIX -> first ? openUnix(on, key, slot) : Future.succeededFuture();
            case UDP -> {
                if (!first) {
                    yield Future.succeededFuture();
                }
                DatagramProtocol protocol = wanted.protocols().datagrams();
                boolean follow = protocol != null && protocol.followsRedirects();
                DatagramListener listener = new DatagramListener(inbounds.ingress(), inbound, slot);
                yield listener.listen(loop, inbound, follow, key.port()).onSuccess(_ -> open.put(key, listener));
            }
            case QUIC -> openQuic(loop, key, slot, wanted);
            case KCP -> first ? openKcp(loop, key, slot, inbound) : Future.succeededFuture();
        };
        return opened.recover(fault -> Future.failedFuture(
                new ListenException(inbound.settings().protocol() + " " + name(inbound, key), fault)));
    }

    private static String name(InboundConfig inbound, ListenerKey key) {
        return key.address() instanceof DomainSocket socket
                ? UnixAddress.of(socket).toString()
                : inbound.listen() + ":" + key.port();
    }

    private Future<Void> openUnix(Vertx on, ListenerKey key, Slot slot) {
        if (!(key.address() instanceof DomainSocket socket)) {
            throw new IllegalArgumentException("not a unix socket: " + key);
        }
        InboundListener listener = new InboundListener(loops, slot);
        return listener.listen(on, UnixAddress.of(socket)).onSuccess(_ -> open.put(key, listener));
    }

    /** A client's datagrams must meet its session, which lives on one loop. */
    private Future<Void> openKcp(EventLoop loop, ListenerKey key, Slot slot, InboundConfig inbound) {
        if (!(inbound.stream().transport() instanceof TransportSettings.Kcp settings)) {
            throw new IllegalArgumentException("not an mKCP socket: " + key);
        }
        KcpListener listener = new KcpListener(
                inbounds.ingress(),
                slot,
                settings,
                new SocketOptions(inbound.stream().sockopt()));
        return listener.listen(loop, inbound, key.port()).onSuccess(_ -> open.put(key, listener));
    }

    private Future<Void> openQuic(EventLoop loop, ListenerKey key, Slot slot, Served wanted) {
        QuicServer server = wanted.quic();
        if (server == null || !QuicListener.listensOn(loop, first)) {
            return Future.succeededFuture();
        }
        QuicListener listener = new QuicListener(slot, server);
        return listener.listen(loop, wanted.inbound(), key.port(), first).onSuccess(_ -> open.put(key, listener));
    }

    /** Whether this verticle has a socket open. Any thread. */
    boolean has(ListenerKey key) {
        return open.containsKey(key);
    }

    /** Where a socket listens, or null where this verticle has not got it, and for a unix socket. Any thread. */
    @Nullable
    InetSocketAddress address(ListenerKey key) {
        OpenListener listener = open.get(key);
        return listener == null ? null : listener.address();
    }

    /**
     * Takes nobody new on some sockets; sessions that are open stay, at the longest until the limit. Any thread.
     *
     * @return completes when TCP ports are free for others
     */
    Future<Void> shutdown(Collection<ListenerKey> keys, Duration limit) {
        return onContext(() -> {
            List<Future<Void>> unbinding = new ArrayList<>();
            for (ListenerKey key : keys) {
                OpenListener listener = open.remove(key);
                if (listener != null) {
                    draining.add(listener);
                    listener.shutdown(limit).onComplete(_ -> forget(listener));
                    unbinding.add(listener.unbound());
                }
            }
            return Future.join(unbinding).mapEmpty();
        });
    }

    private void forget(OpenListener listener) {
        Context own = context;
        if (own != null) {
            own.runOnContext(_ -> draining.remove(listener));
        }
    }

    /** Closes some sockets with everything in them. Any thread. */
    Future<Void> close(Collection<ListenerKey> keys) {
        return onContext(() -> {
            List<Future<Void>> closing = new ArrayList<>();
            for (ListenerKey key : keys) {
                OpenListener listener = open.remove(key);
                if (listener != null) {
                    closing.add(listener.close());
                }
            }
            return Future.join(closing).mapEmpty();
        });
    }

    /** Ends everything at once. On the verticle's context. */
    public Future<Void> close() {
        inbounds.gone(this);
        List<Future<Void>> closing = new ArrayList<>();
        open.values().forEach(listener -> closing.add(listener.close()));
        draining.forEach(listener -> closing.add(listener.close()));
        open.clear();
        return Future.join(closing).mapEmpty();
    }

    private Future<Void> onContext(Supplier<Future<Void>> task) {
        Context own = context;
        if (own == null) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        own.runOnContext(_ -> task.get().onComplete(done));
        return done.future();
    }
}
