package io.culvert.config;

import org.jspecify.annotations.Nullable;

/**
 * One inbound.
 *
 * @param tag empty where it has none
 * @param listen an IP address, {@code 0.0.0.0} unless configured; a path or {@code @name} for a unix socket
 * @param ports every port it listens on, or null for a unix socket
 * @param udpSessions how many UDP sessions each of its sockets may have, 0 for what fits the process
 */
public record InboundConfig(
        String tag,
        String listen,
        @Nullable PortRange ports,
        InboundSettings settings,
        StreamConfig stream,
        SniffingConfig sniffing,
        int udpSessions,
        Position position) {

    /** The unix socket that is listened on instead of ports, from {@code listen} or the transport; or null. */
    public TransportSettings.@Nullable DomainSocket unixSocket() {
        if (stream.transport() instanceof TransportSettings.DomainSocket socket) {
            return socket;
        }
        if (listen.startsWith("@@")) {
            return new TransportSettings.DomainSocket(listen.substring(2), true, true);
        }
        if (listen.startsWith("@")) {
            return new TransportSettings.DomainSocket(listen.substring(1), true, false);
        }
        return listen.startsWith("/") ? new TransportSettings.DomainSocket(listen, false, false) : null;
    }

    /**
     * What to look for in the first bytes.
     *
     * @param overrideHttp whether an HTTP host replaces the destination
     * @param overrideTls whether a TLS server name replaces the destination
     */
    public record SniffingConfig(boolean enabled, boolean overrideHttp, boolean overrideTls) {
        public static final SniffingConfig OFF = new SniffingConfig(false, false, false);
    }
}
