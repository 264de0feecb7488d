package io.culvert.it.harness;

/**
 * What is between the two nodes of a pair.
 *
 * @param tls whether there is TLS under the protocol; QUIC without it makes a certificate up, which nobody checks
 * @param amount what is moved through it to see that everything arrives
 */
public record Leg(TransportCase transport, boolean tls, ProtocolCase protocol, Amount amount) {

    /**
     * Bytes that are sent and come back.
     *
     * @param connections at once
     * @param bytes on each
     */
    public record Amount(int connections, long bytes) {
        /** Nothing: other scenarios move bytes here. */
        public static final Amount NONE = new Amount(0, 0);
        /** Ten times ten mebibytes, as the scenarios of the reference implementation do. */
        public static final Amount ALL = new Amount(10, 10L << 20);
        /** What the reference implementation moves with small buffers of mKCP. */
        public static final Amount TWO = new Amount(2, 10L << 20);
        /** Enough for a disguise, below which everything is as in a leg that moves all. */
        public static final Amount FEW = new Amount(10, 256L << 10);
        /** The same for mKCP, whose connections share nothing. */
        public static final Amount LITTLE = new Amount(2, 1L << 20);

        /** What a leg moves that is chosen to move all. */
        Amount all() {
            return equals(TWO) ? TWO : ALL;
        }

        /** What it moves otherwise. */
        Amount few() {
            return connections == ALL.connections ? FEW : LITTLE;
        }
    }

    /** The same with another amount. */
    Leg with(Amount other) {
        return new Leg(transport, tls, protocol, other);
    }

    /** Whether it moves as much as the reference implementation's scenarios do. */
    public boolean movesAll() {
        return amount.bytes >= Amount.TWO.bytes;
    }

    /**
     * Whether a target learns that the client has ended its output while the client still listens. V2Ray never passes such an
     * end on by itself.
     */
    public boolean carriesEndOfClient(Pair pair) {
        return pair.server() == Program.CULVERT
                && (protocol.marksEnd() || (pair.client() == Program.CULVERT && marksEnd()));
    }

    /** Whether the client may go on speaking after the target has ended its output. */
    public boolean carriesEndOfTarget(Pair pair) {
        return pair.server() == Program.CULVERT && pair.client() == Program.CULVERT && marksEnd();
    }

    /**
     * Whether sessions share a connection, and what is on its way to one that is gone costs the others nothing. A V2Ray reads
     * no more from a stream of QUIC that it has closed, so that the connection's window is gone with it: until the other end
     * resets the stream, and for good where that is a V2Ray.
     */
    public boolean sharesWindow(Pair pair) {
        boolean culverts = pair.client() == Program.CULVERT && pair.server() == Program.CULVERT;
        return transport.kind().sharesConnections() && (culverts || transport.kind() != TransportCase.Kind.QUIC);
    }

    private boolean marksEnd() {
        return transport.kind().halfCloses() || tls || protocol.marksEnd();
    }

    @Override
    public String toString() {
        return protocol + " over " + transport + (tls ? " with TLS" : "");
    }
}
