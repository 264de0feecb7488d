package io.culvert.launcher.link;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code vless://uuid@host:port?encryption=none&…#name}. */
public record VlessLink(
        String name,
        String host,
        int port,
        UUID id,
        LinkTransport transport,
        @Nullable ClientTls tls) implements ShareLink {
    static final String SCHEME = "vless://";

    @Override
    public String text() {
        StringBuilder link = new StringBuilder(SCHEME)
                .append(id)
                .append('@')
                .append(host.indexOf(':') >= 0 ? "[" + host + "]" : host)
                .append(':')
                .append(port)
                .append("?encryption=none&security=")
                .append(tls == null ? "none" : "tls")
                .append('&')
                .append(transport.query());
        if (tls != null) {
            if (!tls.serverName().isEmpty()) {
                link.append("&sni=").append(LinkText.encode(tls.serverName()));
            }
            if (!tls.alpn().isEmpty()) {
                link.append("&alpn=").append(LinkText.encode(String.join(",", tls.alpn())));
            }
            if (tls.allowInsecure()) {
                link.append("&allowInsecure=1");
            }
            if (!tls.pin().isEmpty()) {
                link.append("&pcs=").append(LinkText.encode(tls.pin()));
            }
        }
        return link.append('#').append(LinkText.encode(name)).toString();
    }

    static VlessLink parse(String link) {
        String rest = link.substring(SCHEME.length());
        int hash = rest.indexOf('#');
        String name = hash < 0 ? "" : LinkText.decode(rest.substring(hash + 1));
        rest = hash < 0 ? rest : rest.substring(0, hash);
        int mark = rest.indexOf('?');
        Map<String, String> query = LinkText.query(mark < 0 ? "" : rest.substring(mark + 1));
        String authority = mark < 0 ? rest : rest.substring(0, mark);
        int at = authority.lastIndexOf('@');
        int colon = authority.lastIndexOf(':');
        if (at < 0 || colon < at) {
            throw new IllegalArgumentException("the link is not vless://uuid@host:port");
        }
        String host = authority.substring(at + 1, colon);
        return new VlessLink(
                name,
                host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host,
                LinkText.port(authority.substring(colon + 1).replace("/", "")),
                LinkText.id(LinkText.decode(authority.substring(0, at))),
                LinkTransport.ofQuery(query),
                tls(query));
    }

    private static @Nullable ClientTls tls(Map<String, String> query) {
        return switch (query.getOrDefault("security", "none")) {
            case "", "none" -> null;
            case "tls" ->
                new ClientTls(
                        query.getOrDefault("sni", ""),
                        query.getOrDefault("pcs", ""),
                        query.getOrDefault("allowInsecure", query.getOrDefault("insecure", "0"))
                                .equals("1"),
                        LinkText.list(query.getOrDefault("alpn", "")));
            default -> throw new IllegalArgumentException("the link's security is neither none nor tls");
        };
    }
}
