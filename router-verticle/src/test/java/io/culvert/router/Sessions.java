package io.culvert.router;

import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.model.SessionDescriptor;
import io.culvert.model.TargetOrigin;
import io.culvert.model.UserRef;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Descriptors for tests: a usual one, and the same with another value of one field. */
public record Sessions(
        String ingressNode,
        String inboundTag,
        String sourceIp,
        int sourcePort,
        Network network,
        String target,
        int port,
        @Nullable UserRef user,
        @Nullable String protocol) {

    /** A session to a target at port 443. */
    public static Sessions to(String target) {
        return new Sessions("edge", "in", "192.0.2.9", 50_000, Network.TCP, target, 443, null, null);
    }

    public Sessions from(String ip, int port) {
        return new Sessions(ingressNode, inboundTag, ip, port, network, target, this.port, user, protocol);
    }

    public Sessions at(String node) {
        return new Sessions(node, inboundTag, sourceIp, sourcePort, network, target, port, user, protocol);
    }

    public Sessions inbound(String tag) {
        return new Sessions(ingressNode, tag, sourceIp, sourcePort, network, target, port, user, protocol);
    }

    public Sessions over(Network network) {
        return new Sessions(ingressNode, inboundTag, sourceIp, sourcePort, network, target, port, user, protocol);
    }

    public Sessions port(int port) {
        return new Sessions(ingressNode, inboundTag, sourceIp, sourcePort, network, target, port, user, protocol);
    }

    public Sessions user(String email, int level) {
        UserRef user = new UserRef(email, level);
        return new Sessions(ingressNode, inboundTag, sourceIp, sourcePort, network, target, port, user, protocol);
    }

    public Sessions protocol(String protocol) {
        return new Sessions(ingressNode, inboundTag, sourceIp, sourcePort, network, target, port, user, protocol);
    }

    /** The descriptor. */
    public SessionDescriptor get() {
        InetSocketAddress source = Address.parse(sourceIp) instanceof Address.Ip(var ip)
                ? new InetSocketAddress(ip, sourcePort)
                : InetSocketAddress.createUnresolved(sourceIp, sourcePort);
        Destination destination = new Destination(network, Address.parse(target), port);
        return new SessionDescriptor(
                1, ingressNode, inboundTag, source, destination, TargetOrigin.CLIENT, user, protocol);
    }
}
