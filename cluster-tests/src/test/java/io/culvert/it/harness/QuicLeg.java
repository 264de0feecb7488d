package io.culvert.it.harness;

/**
 * A protocol over QUIC between two nodes.
 *
 * @param security V2Ray's name of the packets' cipher
 * @param header V2Ray's name of the packets' disguise
 * @param tls whether both ends have TLS settings; without them the certificate is made up and nobody checks it
 */
public record QuicLeg(ProtocolCase protocol, String security, String header, boolean tls) {
    private static final String KEY = "a key of the tests";

    /** Adds the server's inbound. */
    public void serve(NodeConfig server, int port, Certificates certificates) {
        server.inbound(
                toString(),
                "127.0.0.1",
                port,
                protocol.protocol(),
                protocol.inbound(),
                stream(tls ? certificates.serverSecurity("") : "security: 'none'", KEY));
    }

    /** Adds the client's outbound, whose tag is {@link #toString}. */
    public void dial(NodeConfig client, int port, Certificates certificates) {
        dial(client, port, certificates, KEY);
    }

    /** The same with another key. */
    public void dial(NodeConfig client, int port, Certificates certificates, String key) {
        client.outbound(
                toString(),
                protocol.protocol(),
                protocol.outbound("127.0.0.1", port),
                stream(tls ? certificates.clientSecurity("") : "security: 'none'", key));
    }

    private String stream(String tlsFields, String key) {
        return "{network: 'quic', quicSettings: {security: '%s', key: '%s', header: {type: '%s'}}, %s}"
                .formatted(security, key, header, tlsFields);
    }

    @Override
    public String toString() {
        return protocol + " " + security + " " + header + (tls ? " TLS" : "");
    }
}
