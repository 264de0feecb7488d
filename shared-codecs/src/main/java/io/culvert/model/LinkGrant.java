package io.culvert.model;

import java.net.InetSocketAddress;

/**
 * How an ingress reaches the egress of another node for one session.
 *
 * @param address where that node's link listens
 * @param ticket what the egress asks for before it opens anything
 */
public record LinkGrant(InetSocketAddress address, Ticket ticket) {}
