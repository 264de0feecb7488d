package io.culvert.model;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What an ingress knows of a session once the request has been read; what a router decides by.
 *
 * @param id unique within the farm while the session lives
 * @param ingressNode the node that holds the client's channel
 * @param inboundTag the tag of the inbound, empty where it has none
 * @param source the client's address
 * @param target the destination asked for
 * @param origin who chose the destination
 * @param user who authenticated, or null where the inbound knows no users
 * @param protocol the application protocol that was seen or declared ({@code http/1.1}, {@code tls} …), or null
 */
public record SessionDescriptor(
        long id,
        String ingressNode,
        String inboundTag,
        InetSocketAddress source,
        Destination target,
        TargetOrigin origin,
        @Nullable UserRef user,
        @Nullable String protocol) {

    /** The policy level that applies: the user's, or 0. */
    public int level() {
        return user == null ? 0 : user.level();
    }
}
