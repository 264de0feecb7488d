package io.culvert.it.harness;

import org.jspecify.annotations.Nullable;

/**
 * A transport between two nodes, with the {@code streamSettings} of its both ends. In them <code>{path}</code> stands for a
 * file and <code>{name}</code> for an abstract name that no other leg has.
 *
 * @param kind which transport it is
 * @param name tells it apart from others
 * @param listen what the server listens on instead of a port, or null
 * @param server fields of the server's {@code streamSettings}; without any it is plain TCP
 * @param client fields of the client's {@code streamSettings}
 */
public record TransportCase(
        Kind kind, String name, @Nullable String listen, String server, String client) {

    /** The transports. */
    public enum Kind {
        TCP,
        HTTP_HEADER,
        WEBSOCKET,
        HTTP_UPGRADE,
        HTTP2,
        GRPC,
        UNIX,
        QUIC,
        KCP;

        /** Whether it goes over UDP, where a peer that is gone shows by its silence only. */
        public boolean isOverUdp() {
            return this == QUIC || this == KCP;
        }

        /** Whether sessions are streams of connections that they share. */
        public boolean sharesConnections() {
            return this == HTTP2 || this == GRPC || this == QUIC;
        }

        /** Whether one direction can end while the other goes on, whatever the protocol in it says. */
        public boolean halfCloses() {
            return this != KCP;
        }
    }

    /** A transport whose both ends are set up alike and meet at a port. */
    static TransportCase of(Kind kind, String name, String fields) {
        return new TransportCase(kind, name, null, fields, fields);
    }

    /** A unix socket that is named in the settings of both ends. */
    static TransportCase unix(String name, String settings) {
        String fields = ds(settings);
        return new TransportCase(Kind.UNIX, name, "127.0.0.1", fields, fields);
    }

    /** A unix socket that the server is told to listen on, in place of an address. */
    static TransportCase unixListen(String name, String listen, String settings) {
        return new TransportCase(Kind.UNIX, name, listen, "", ds(settings));
    }

    private static String ds(String settings) {
        return "network: 'domainsocket', dsSettings: {" + settings + "}";
    }

    /** The transport's packets as V2Ray seals and disguises them. */
    static TransportCase quic(String security, String header) {
        return of(
                Kind.QUIC,
                "QUIC " + security + " " + header,
                "network: 'quic', quicSettings: {security: '%s', key: 'a key of the tests', header: {type: '%s'}}"
                        .formatted(security, header));
    }

    /** @param fields of {@code kcpSettings} */
    static TransportCase kcp(String name, String fields) {
        return of(Kind.KCP, name, "network: 'kcp', kcpSettings: {" + fields + "}");
    }

    @Override
    public String toString() {
        return name;
    }
}
