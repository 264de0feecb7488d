package io.culvert.egress;

import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.SessionPolicy;
import io.culvert.model.TargetOrigin;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Orders of sessions that tests make up. */
public final class TestOrders {
    public static final String NODE = "n1";

    /** A client from elsewhere. */
    public static final InetSocketAddress STRANGER = address("203.0.113.7", 40_000);
    /** A client on this host. */
    public static final InetSocketAddress LOCAL = address("127.0.0.1", 40_000);

    private TestOrders() {}

    public static InetSocketAddress address(String ip, int port) {
        return Address.parse(ip) instanceof Address.Ip(InetAddress value)
                ? new InetSocketAddress(value, port)
                : InetSocketAddress.createUnresolved(ip, port);
    }

    public static SessionDescriptor session(
            String node, InetSocketAddress source, Destination to, TargetOrigin origin) {
        return new SessionDescriptor(1, node, "in", source, to, origin, null, null);
    }

    /** What a stranger asks for. */
    public static DialOrder order(String outbound, Destination to) {
        return order(outbound, to, STRANGER, TargetOrigin.CLIENT);
    }

    /** What the operator of this node has written. */
    public static DialOrder operators(String outbound, Destination to) {
        return order(outbound, to, STRANGER, TargetOrigin.OPERATOR);
    }

    public static DialOrder order(String outbound, Destination to, InetSocketAddress source, TargetOrigin origin) {
        return new DialOrder(session(NODE, source, to, origin), NODE, outbound, to, SessionPolicy.DEFAULT, null, null);
    }

    /** Where a socket of this host listens. */
    public static Destination tcp(InetSocketAddress listener) {
        return Destination.tcp(Address.ofIp(listener.getAddress().getAddress()), listener.getPort());
    }
}
