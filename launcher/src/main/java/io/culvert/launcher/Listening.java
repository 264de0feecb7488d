package io.culvert.launcher;

import java.net.InetSocketAddress;

/**
 * One socket that the node accepts clients on.
 *
 * @param protocol V2Ray's name, for example {@code vmess}
 * @param tag the inbound's tag, empty where it has none
 * @param security {@code tls}, or empty for none
 */
public record Listening(String protocol, String tag, String security, InetSocketAddress address) {

    public Listening(String protocol, String tag, InetSocketAddress address) {
        this(protocol, tag, "", address);
    }

    /** {@code socks 127.0.0.1:1080}, {@code vless [::1]:10443 (tls)}. */
    @Override
    public String toString() {
        return protocol + " " + HostPort.of(address) + (security.isEmpty() ? "" : " (" + security + ")");
    }
}
