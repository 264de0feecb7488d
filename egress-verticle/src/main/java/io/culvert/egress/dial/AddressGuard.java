package io.culvert.egress.dial;

import io.culvert.model.SessionDescriptor;
import io.culvert.model.TargetOrigin;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Refuses destinations that a client has no business to reach through an egress: private, loopback, link-local and metadata
 * addresses, other special blocks, and the node's own listening addresses (reliability section 2b). It judges the address that
 * is dialled, after resolution, for every attempt.
 *
 * <p>What the nodes of the farm listen on for each other is never dialled, whoever wrote the target.
 *
 * <p>Not judged otherwise: a target that the operator wrote, a loopback client of the egress's own host, and everything where the
 * outbound says {@code allowPrivate}.
 */
public final class AddressGuard {
    private final String node;
    private final Supplier<Set<InetSocketAddress>> ownListeners;
    private final Supplier<Set<InetSocketAddress>> farm;

    /**
     * @param node the egress's node
     * @param ownListeners what this node listens on; wildcard addresses stand for every local address
     * @param farm what all nodes listen on for each other
     */
    public AddressGuard(
            String node, Supplier<Set<InetSocketAddress>> ownListeners, Supplier<Set<InetSocketAddress>> farm) {
        this.farm = farm;
        this.node = node;
        this.ownListeners = ownListeners;
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
        return !farm.get().contains(target) && (!judged || permits(target));
    }

    /** Whether a judged session may reach an address that is none of the farm's. */
    public boolean permits(InetSocketAddress target) {
        return !SpecialAddresses.contains(target.getAddress()) && !isOwnListener(target);
    }

    private boolean isOwnListener(InetSocketAddress target) {
        for (InetSocketAddress own : ownListeners.get()) {
            if (own.getPort() == target.getPort()
                    && (own.getAddress().equals(target.getAddress())
                            || (own.getAddress().isAnyLocalAddress() && isLocal(target.getAddress())))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isLocal(InetAddress address) {
        return LocalAddresses.contains(address);
    }
}
