package io.culvert.wire.socks;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.wire.AddressCodec;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;

/** The header in front of a SOCKS 5 datagram: {@code 0000 | fragment(1) | address | port(2)} (wire-formats section 11.1). */
public final class SocksDatagrams {
    /** The longest header: a domain of 255 bytes. */
    public static final int MAX_HEADER_LENGTH = 3 + 2 + Address.MAX_DOMAIN_LENGTH + 2;

    private static final int MIN_LENGTH = 5;

    private SocksDatagrams() {}

    /**
     * Takes the header of a datagram; what is left in the buffer is its payload, at least one byte.
     *
     * @param in one whole datagram
     * @return where the payload goes to or came from; or malformed, the datagram is to be dropped: a fragment, cut short,
     *     or without payload. Never "more needed"
     */
    public static Decoded<Destination> readHeader(ByteBuf in) {
        if (in.readableBytes() < MIN_LENGTH) {
            return Decoded.malformed("datagram is too short");
        }
        // The two reserved bytes are not looked at, as in the reference.
        if (in.skipBytes(2).readByte() != 0) {
            return Decoded.malformed(CloseCause.UNSUPPORTED, "datagram is a fragment");
        }
        Decoded<Destination> result = SocksAddress.read(in, Network.UDP);
        return switch (result) {
            case Decoded.Complete<Destination> whole ->
                in.isReadable() ? whole : Decoded.malformed("datagram without payload");
            case Decoded.NeedMore<Destination> cut -> Decoded.malformed("datagram is too short");
            case Decoded.Malformed<Destination> malformed -> malformed;
        };
    }

    /** The bytes that {@link #writeHeader} takes. */
    public static int headerLength(Destination peer) {
        return 3 + AddressCodec.SOCKS.length(peer.address()) + 2;
    }

    /**
     * Writes the header of a datagram.
     *
     * @param peer where it goes to, or for an answer the destination as the client named it
     */
    public static void writeHeader(ByteBuf out, Destination peer) {
        out.writeZero(3);
        SocksAddress.write(out, peer);
    }
}
