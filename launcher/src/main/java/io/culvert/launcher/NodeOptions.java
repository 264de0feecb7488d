package io.culvert.launcher;

import io.culvert.admin.AdminOptions;
import io.culvert.launcher.log.AccessLog;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a node needs besides its configuration.
 *
 * @param admin how the admin server listens, or null for none
 * @param allowedDestinations destinations that the operator lets every client reach although the address guard refuses
 *     the node's own listening addresses: the demo's page on the admin server
 * @param accessLog where the access lines go; the caller closes it once the node has stopped
 */
public record NodeOptions(
        @Nullable AdminOptions admin, Set<InetSocketAddress> allowedDestinations, AccessLog accessLog) {
    public NodeOptions {
        allowedDestinations = Set.copyOf(allowedDestinations);
    }
}
