package io.culvert.launcher;

import io.culvert.model.IpText;
import java.net.InetSocketAddress;

/** The text {@code host:port} of an address, IPv6 in brackets. */
public final class HostPort {
    private HostPort() {}

    public static String of(InetSocketAddress address) {
        return IpText.of(address);
    }

    /** @param host a name or an address without brackets */
    public static String of(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
