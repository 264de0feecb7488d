package io.culvert.bus;

import io.culvert.model.DialOrder;
import io.culvert.model.Ticket;

/**
 * What an ingress asks the egress of another node to open, as it crosses the node link.
 *
 * @param order what to open; its {@code link} is null: to the egress it is an order of its own node
 * @param ticket the router's proof that the order is its decision
 */
public record LinkOrder(DialOrder order, Ticket ticket) {
    public LinkOrder {
        if (order.link() != null) {
            throw new IllegalArgumentException("the way to an egress is no part of what it is asked");
        }
    }

    /**
     * An order that goes over a link.
     *
     * @param order with a {@code link}
     */
    public static LinkOrder of(DialOrder order) {
        if (order.link() == null) {
            throw new IllegalArgumentException("an order for the ingress's own node");
        }
        DialOrder there = new DialOrder(
                order.session(),
                order.egressNode(),
                order.outboundTag(),
                order.target(),
                order.policy(),
                null,
                order.config());
        return new LinkOrder(there, order.link().ticket());
    }
}
