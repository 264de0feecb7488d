package io.culvert.config;

/** A range of ports, both ends included. {@code to} below {@code from} matches nothing, as in V2Ray. */
public record PortRange(int from, int to) {
    public PortRange {
        if (from < 0 || from > 65535 || to < 0 || to > 65535) {
            throw new IllegalArgumentException("ports: " + from + "-" + to + " (expected: 0 to 65535)");
        }
    }

    public boolean contains(int port) {
        return port >= from && port <= to;
    }

    public int size() {
        return Math.max(0, to - from + 1);
    }
}
