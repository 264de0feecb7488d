package io.culvert.egress.dial;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which of a name's addresses can be reached at all, by their family. */
final class Families {
    private Families() {}

    /**
     * The addresses that can be dialled from one of ours.
     *
     * @param local the address to dial from, or null; one of all zeros is no choice of a family
     */
    static List<InetAddress> reachableFrom(@Nullable InetAddress local, List<InetAddress> addresses) {
        if (local == null || local.isAnyLocalAddress()) {
            return addresses;
        }
        boolean four = local instanceof Inet4Address;
        return addresses.stream()
                .filter(address -> address instanceof Inet4Address == four)
                .toList();
    }

    /**
     * The first address of each family, in the order in which datagrams try them: a datagram has no race to win, and IPv4 is the
     * family that more hosts have a route for. The system says at once where it has none.
     *
     * @param addresses at least one
     */
    static List<InetAddress> inTurn(List<InetAddress> addresses) {
        InetAddress four = null;
        InetAddress six = null;
        for (InetAddress address : addresses) {
            if (address instanceof Inet6Address) {
                six = six == null ? address : six;
            } else {
                four = four == null ? address : four;
            }
        }
        List<InetAddress> turn = new ArrayList<>(2);
        if (four != null) {
            turn.add(four);
        }
        if (six != null) {
            turn.add(six);
        }
        return turn;
    }
}
