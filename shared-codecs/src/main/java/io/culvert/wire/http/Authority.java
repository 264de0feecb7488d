package io.culvert.wire.http;

import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import org.jspecify.annotations.Nullable;

/**
 * {@code host[:port]}.
 *
 * @param port 1 to 65535
 * @param portGiven whether the text named the port
 */
record Authority(Address host, int port, boolean portGiven) {
    /** Says that a text without a port is no authority. */
    static final int PORT_REQUIRED = 0;

    private static final int MAX_PORT_DIGITS = 5;
    private static final int MAX_PORT = 65_535;

    /**
     * Reads an authority. Without user information, percent escapes, a zone, or an empty host or port.
     *
     * @param defaultPort the port where none is named, or {@link #PORT_REQUIRED}
     * @return the authority, or null where the text is none
     */
    static @Nullable Authority parse(String text, int defaultPort) {
        int hostEnd = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
        if (hostEnd < 0) {
            hostEnd = text.length();
        }
        Address host = host(text.substring(0, hostEnd));
        if (host == null) {
            return null;
        }
        if (hostEnd == text.length()) {
            return defaultPort == PORT_REQUIRED ? null : new Authority(host, defaultPort, false);
        }
        if (text.charAt(hostEnd) != ':') {
            return null;
        }
        long port = HttpSyntax.decimal(text.substring(hostEnd + 1), MAX_PORT_DIGITS);
        return port < 1 || port > MAX_PORT ? null : new Authority(host, (int) port, true);
    }

    /** A domain, a dotted quad, or IPv6 in brackets. */
    private static @Nullable Address host(String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The value of a Host line. */
    String text() {
        return portGiven ? text(host, port) : hostText(host);
    }

    /** {@code host:port}, IPv6 in brackets and shortened as the reference writes it. */
    static String text(Address host, int port) {
        return hostText(host) + ":" + port;
    }

    private static String hostText(Address host) {
        return host instanceof Address.Ip(Inet6Address v6) ? "[" + NetUtil.toAddressString(v6) + "]" : host.text();
    }

    Destination destination() {
        return Destination.tcp(host, port);
    }
}
