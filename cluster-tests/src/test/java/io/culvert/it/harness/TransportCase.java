package io.culvert.it.harness;

import java.nio.file.Path;

/** A transport between the two nodes of a pair, with the {@code streamSettings} of its both ends. */
public enum TransportCase {
    TCP_HTTP(
            Kind.STREAM,
            "network: 'tcp', tcpSettings: {header: {type: 'http', request: {method: 'POST', path: ['/one', '/two'],"
                    + " headers: {Host: ['a.test', 'b.test']}}}}"),

    WS(Kind.MESSAGES, "network: 'ws', wsSettings: {path: '/ws', headers: {Host: 'ws.test'}}"),

    HTTP2(Kind.STREAM, "network: 'http', httpSettings: {path: '/h2', host: ['a.test', 'b.test']}"),

    DOMAIN_SOCKET(Kind.STREAM, "network: 'ds', dsSettings: {path: '%s'}"),

    QUIC(Kind.DATAGRAMS, "network: 'quic'"),

    QUIC_VIDEO_AES(
            Kind.DATAGRAMS,
            "network: 'quic', quicSettings: {security: 'aes-128-gcm', key: 'k', header: {type: 'wechat-video'}}"),

    KCP(Kind.KCP, "network: 'kcp'"),

    KCP_SEED(Kind.KCP, "network: 'kcp', kcpSettings: {seed: 'secret', header: {type: 'srtp'}}"),

    /** The settings of the reference implementation's own test of large transfers. */
    KCP_LARGE(
            Kind.KCP,
            "network: 'kcp', kcpSettings: {uplinkCapacity: 20, downlinkCapacity: 20, readBufferSize: 0,"
                    + " writeBufferSize: 0}"),

    WS_EARLY_DATA(Kind.MESSAGES, "network: 'ws', wsSettings: {path: '/early?ed=2048'}"),

    HTTP_UPGRADE(Kind.STREAM, "network: 'httpupgrade', httpupgradeSettings: {path: '/up', host: 'up.test'}"),

    GRPC(Kind.STREAM, "network: 'grpc', grpcSettings: {serviceName: 'it'}"),

    GRPC_MULTI(Kind.STREAM, "network: 'grpc', grpcSettings: {serviceName: 'it', multiMode: true}");

    /** How a transport carries bytes. */
    private enum Kind {
        STREAM,
        MESSAGES,
        DATAGRAMS,
        KCP
    }

    private final Kind kind;
    private final String settings;

    TransportCase(Kind kind, String settings) {
        this.kind = kind;
        this.settings = settings;
    }

    /** Whether V2Ray 4.34 has it; the others are those of later versions and of Xray. */
    public boolean isOfV2Ray() {
        return compareTo(KCP_LARGE) <= 0;
    }

    /** Whether V2Ray can dial it without TLS. */
    public boolean goesWithoutTls() {
        return this != HTTP2;
    }

    /** Whether one direction can end while the other goes on, whatever the protocol in it says. */
    public boolean halfCloses() {
        return kind == Kind.STREAM || kind == Kind.DATAGRAMS;
    }

    /** Whether it goes over UDP, where a peer that is gone shows by its silence only. */
    public boolean isOverUdp() {
        return kind == Kind.DATAGRAMS || kind == Kind.KCP;
    }

    /** How many connections the reference implementation's own tests open at once. */
    public int connections() {
        return this == KCP_LARGE ? 2 : 10;
    }

    /** Whether it is mKCP, of which V2Ray moves a few megabytes a second. */
    public boolean isKcp() {
        return kind == Kind.KCP;
    }

    /**
     * {@code streamSettings} without their braces.
     *
     * @param folder where sockets of the file system go
     * @param port tells listeners apart
     */
    String settings(Path folder, int port) {
        return settings.formatted(socketFile(folder, port));
    }

    static Path socketFile(Path folder, int port) {
        return folder.resolve(port + ".sock");
    }
}
