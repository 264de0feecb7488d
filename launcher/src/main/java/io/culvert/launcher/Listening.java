package io.culvert.launcher;

/**
 * One socket that the node accepts clients on.
 *
 * @param protocol V2Ray's name, for example {@code vmess}
 * @param tag the inbound's tag, empty where it has none
 * @param security {@code tls}, or empty for none
 * @param place {@code host:port}; of a unix socket its path or its {@code @name}
 */
public record Listening(String protocol, String tag, String security, String place) {

    /** {@code socks 127.0.0.1:1080}, {@code vless [::1]:10443 (tls)}, {@code vmess /run/culvert.sock}. */
    @Override
    public String toString() {
        return protocol + " " + place + (security.isEmpty() ? "" : " (" + security + ")");
    }
}
