package io.culvert.egress.dial;

import io.culvert.model.SessionDescriptor;
import io.culvert.model.TargetOrigin;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Refuses destinations that a client has no business to reach through an egress: private, loopback, link-local and metadata
 * addresses, other special blocks, every address of this host, and the node's own listening addresses. It judges the address
 * that is dialled, after resolution, for every attempt.
 *
 * <p>What the nodes of the farm listen on for each other and for their operator is never dialled, whoever wrote the target.
 *
 * <p>Not judged otherwise: a target that the operator wrote, a loopback client of the egress's own host, and everything where the
 * outbound says {@code allowPrivate}.
 */
public final class AddressGuard {
    private final String node;
    private final Supplier<Set<InetSocketAddress>> ownListeners;
    private final Supplier<Set<InetSocketAddress>> farm;
    private final Set<InetSocketAddress> admin;

    /**
     * @param node the egress's node
     * @param ownListeners what this node listens on for clients; wildcard addresses stand for every local address
     * @param farm what all nodes listen on for each other and for their operator, as other nodes can reach it
     * @param admin what this node listens on for its operator; wildcard addresses as before
     */
    public AddressGuard(
            String node,
            Supplier<Set<InetSocketAddress>> ownListeners,
            Supplier<Set<InetSocketAddress>> farm,
            Set<InetSocketAddress> admin) {
        this.farm = farm;
        this.node = node;
        this.ownListeners = ownListeners;
        this.admin = Set.copyOf(admin);
    }

    /** Whether a session is judged at all. */
    public boolean appliesTo(SessionDescriptor session, boolean allowPrivate) {
        boolean localClient = session.ingressNode().equals(node)
                && session.source().getAddress() != null
                && session.source().getAddress().isLoopbackAddress();
        return session.origin() == TargetOrigin.CLIENT && !allowPrivate && !localClient;
    }

    /** Whether a session may reach an address. */
    public boolean permits(InetSocketAddress target, boolean judged) {
        return !farm.get().contains(target) && !leadsTo(admin, target) && (!judged || permits(target));
    }

    /** Whether a judged session may reach an address that is none of the farm's. */
    public boolean permits(InetSocketAddress target) {
        return !SpecialAddresses.contains(target.getAddress())
                && !LocalAddresses.contains(target.getAddress())
                && !leadsTo(ownListeners.get(), target);
    }

    private static boolean leadsTo(Set<InetSocketAddress> listeners, InetSocketAddress target) {
        for (InetSocketAddress listener : listeners) {
            if (listener.getPort() == target.getPort() && leadsTo(listener.getAddress(), target.getAddress())) {
                return true;
            }
        }
        return false;
    }

    /** Whoever dials the unspecified address reaches this host's loopback; loopback has more addresses than interfaces show. */
    private static boolean leadsTo(InetAddress listener, InetAddress target) {
        if (listener.equals(target)) {
            return true;
        }
        return listener.isAnyLocalAddress()
                ? target.isAnyLocalAddress() || target.isLoopbackAddress() || LocalAddresses.contains(target)
                : target.isAnyLocalAddress() && listener.isLoopbackAddress();
    }
}
