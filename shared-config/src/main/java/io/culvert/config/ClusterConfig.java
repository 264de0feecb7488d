package io.culvert.config;

import io.culvert.model.NodeRole;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The {@code cluster} section (design section 6).
 *
 * @param name what the nodes of a farm agree on
 * @param roles what this node does; at least one
 * @param bind the IP address of this machine on which Hazelcast, event bus and link listen
 * @param port the port of Hazelcast: {@code "port"}, else that of the member whose host is {@code bind}, else
 *     {@value #DEFAULT_PORT}
 * @param members the {@code host:port} of the nodes to join by; empty for a farm that starts with this node
 * @param busPort the port of the event bus, {@code "bus": {"port": …}}
 * @param link the node link
 * @param weight how many sessions its egress takes in comparison with others, 1 to 1,000; 100 unless set
 * @param labels what else an outbound's {@code "nodes"} may call this node
 * @param secrets the folder with the CA's certificate, the node's certificate and key, and the cluster key
 */
public record ClusterConfig(
        String name,
        Set<NodeRole> roles,
        String bind,
        int port,
        List<String> members,
        int busPort,
        Link link,
        int weight,
        List<String> labels,
        String secrets,
        Position position) {
    /** Where Hazelcast listens unless the section says otherwise. */
    public static final int DEFAULT_PORT = 5701;

    /** The weight of a node unless the section says otherwise. */
    public static final int USUAL_WEIGHT = 100;

    /** Where the event bus listens unless the section says otherwise. */
    public static final int DEFAULT_BUS_PORT = 7442;

    public ClusterConfig {
        roles = Set.copyOf(roles.isEmpty() ? EnumSet.allOf(NodeRole.class) : roles);
        members = List.copyOf(members);
        labels = List.copyOf(labels);
    }

    /**
     * The node link.
     *
     * @param port where an egress listens for the ingresses of other nodes
     * @param security how it is protected; all nodes must agree
     */
    public record Link(int port, LinkSecurity security) {
        /** Where a link listens unless the section says otherwise. */
        public static final int DEFAULT_PORT = 7443;
    }

    /** How a node link is protected. */
    public enum LinkSecurity {
        /** Mutual TLS with certificates of the cluster's CA. */
        TLS,
        /** Clear text, for loopback and trusted wires; tickets are asked for all the same. */
        NONE
    }
}
