package io.culvert.launcher;

import io.culvert.bus.NodeStatus;
import io.culvert.egress.dial.LocalAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** Where a node's admin server listens, as sessions have to be kept from it. */
final class AdminAddress {
    private AdminAddress() {}

    /** What this node's egress dials for nobody. */
    static Set<InetSocketAddress> guarded(NodeOptions options) {
        InetSocketAddress admin = options.adminAddress();
        return admin == null || options.adminForLocalClients() ? Set.of() : Set.of(admin);
    }

    /**
     * What other nodes dial for nobody: the addresses of the admin server that are not of this host alone, beside those that the
     * farm listens on. A wildcard stands for as many of the host's addresses as may be named.
     */
    static Set<InetSocketAddress> announced(NodeOptions options, Set<InetSocketAddress> farm) {
        Set<InetSocketAddress> all = new HashSet<>(farm);
        InetSocketAddress admin = options.adminAddress();
        if (admin != null) {
            addresses(admin.getAddress(), LocalAddresses.all())
                    .map(address -> new InetSocketAddress(address, admin.getPort()))
                    .filter(address -> !all.contains(address))
                    .limit(Math.max(0, NodeStatus.MAX_CLOSED - all.size()))
                    .toList()
                    .forEach(all::add);
        }
        return all;
    }

    private static Stream<InetAddress> addresses(InetAddress listening, Collection<InetAddress> local) {
        Stream<InetAddress> all = listening.isAnyLocalAddress() ? local.stream() : Stream.of(listening);
        return all.filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                .sorted(Comparator.comparing(InetAddress::getHostAddress));
    }
}
