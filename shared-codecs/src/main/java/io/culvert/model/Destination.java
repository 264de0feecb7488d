package io.culvert.model;

/**
 * Where a session wants to go.
 *
 * @param port 0 to 65535; 0 occurs on the wire and fails when it is dialled
 */
public record Destination(Network network, Address address, int port) {
    public Destination {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
    }

    public static Destination tcp(Address address, int port) {
        return new Destination(Network.TCP, address, port);
    }

    public static Destination udp(Address address, int port) {
        return new Destination(Network.UDP, address, port);
    }

    /** {@code host:port}, IPv6 in brackets. */
    public String authority() {
        return address.hostText() + ":" + port;
    }

    /** {@code tcp:host:port}, as V2Ray's access log has it. */
    @Override
    public String toString() {
        return network.word() + ":" + authority();
    }
}
