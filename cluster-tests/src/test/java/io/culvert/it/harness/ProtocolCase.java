package io.culvert.it.harness;

/** A protocol between the two nodes of a pair, with the settings of its both ends. */
public enum ProtocolCase {
    VMESS_AES_128_GCM("vmess", 0, "aes-128-gcm"),
    VMESS_CHACHA20_POLY1305("vmess", 0, "chacha20-poly1305"),
    VMESS_NONE("vmess", 0, "none"),
    VMESS_AUTO("vmess", 0, "auto"),
    VMESS_LEGACY_AES_128_GCM("vmess", 64, "aes-128-gcm"),
    VMESS_LEGACY_CHACHA20_POLY1305("vmess", 64, "chacha20-poly1305"),
    VMESS_LEGACY_NONE("vmess", 64, "none"),
    VLESS("vless", 0, ""),
    SOCKS("socks", 0, ""),
    SOCKS_PASSWORD("socks", 0, "user:password"),
    HTTP("http", 0, ""),
    HTTP_PASSWORD("http", 0, "user:password");

    /** The user that the settings of both ends agree on. */
    public static final String USER_ID = "b831381d-6324-4d53-ad4f-8cda48b30811";

    private final String protocol;
    private final int alterId;
    private final String secret;

    ProtocolCase(String protocol, int alterId, String secret) {
        this.protocol = protocol;
        this.alterId = alterId;
        this.secret = secret;
    }

    /** V2Ray's name of the protocol. */
    public String protocol() {
        return protocol;
    }

    /** Whether the protocol tells a peer's end of its output apart from the end of the connection. */
    public boolean marksEnd() {
        return protocol.equals("vmess");
    }

    /** Whether datagrams travel in the protocol's own stream. */
    public boolean datagramsInStream() {
        return protocol.equals("vmess") || protocol.equals("vless");
    }

    /** Whether the protocol carries datagrams at all. */
    public boolean datagrams() {
        return !protocol.equals("http");
    }

    /**
     * The application protocols that TLS has to offer: an HTTP client that negotiates h2 speaks HTTP/2 to the proxy, which
     * V2Ray's own HTTP inbound does not understand.
     */
    public String alpn() {
        return protocol.equals("http") ? "alpn: ['http/1.1'], " : "";
    }

    /** {@code settings} of the server's inbound. */
    public String inbound() {
        return switch (protocol) {
            case "vmess" -> "{clients: [{id: '%s', alterId: %d, email: 'user@it'}]}".formatted(USER_ID, alterId);
            case "vless" -> "{clients: [{id: '%s', email: 'user@it'}], decryption: 'none'}".formatted(USER_ID);
            case "socks" ->
                secret.isEmpty()
                        ? "{auth: 'noauth', udp: true}"
                        : "{auth: 'password', udp: true, accounts: [{user: 'user', pass: 'password'}]}";
            case "http" -> secret.isEmpty() ? "{}" : "{accounts: [{user: 'user', pass: 'password'}]}";
            default -> throw new IllegalStateException(protocol);
        };
    }

    /** {@code settings} of the client's outbound. */
    public String outbound(String host, int port) {
        return outbound(host, port, USER_ID, "password");
    }

    /** {@code settings} of the client's outbound with credentials of its own. */
    public String outbound(String host, int port, String userId, String password) {
        return switch (protocol) {
            case "vmess" ->
                "{vnext: [{address: '%s', port: %d, users: [{id: '%s', alterId: %d, security: '%s'}]}]}"
                        .formatted(host, port, userId, alterId, secret);
            case "vless" ->
                "{vnext: [{address: '%s', port: %d, users: [{id: '%s', encryption: 'none'}]}]}"
                        .formatted(host, port, userId);
            case "socks", "http" ->
                secret.isEmpty()
                        ? "{servers: [{address: '%s', port: %d}]}".formatted(host, port)
                        : "{servers: [{address: '%s', port: %d, users: [{user: 'user', pass: '%s'}]}]}"
                                .formatted(host, port, password);
            default -> throw new IllegalStateException(protocol);
        };
    }
}
